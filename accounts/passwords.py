"""Check passwords against the policy, and make temporary ones. Pure."""

import secrets
import unicodedata
from collections.abc import Container

from common.wording import Wording

LONGEST = 1024
SHORTEST = 8
LONG_ENOUGH_FOR_ANYTHING = 15

EASY_TO_TYPE = "abcdefghjkmnpqrstuvwxyz23456789"


def normalized(password: str) -> str:
    """Return the form in which a password is hashed and compared: NFC, and every kind of space the usual one.

    One keyboard sends a letter with its accent as one character, another as two (RFC 8265 §4.2.2, OpaqueString; NIST SP
    800-63B §3.1.1.2).
    """
    spaces = "".join(" " if unicodedata.category(character) == "Zs" else character for character in password)
    return unicodedata.normalize("NFC", spaces)


def problems(password: str, *, email: str = "", common: Container[str] = frozenset()) -> list[str]:
    """Return why this password can't be used, in sentences; empty when it can.

    `common` holds lower-case passwords that everybody tries first.
    """
    if len(password) > LONGEST:
        return [Wording("The password is longer than {longest} characters.", longest=LONGEST)]
    if "\x00" in password:
        return ["The password contains a NUL character."]
    password = normalized(password)

    found: list[str] = []
    if len(password) < SHORTEST:
        found.append(Wording("The password has fewer than {shortest} characters.", shortest=SHORTEST))
    elif len(password) < LONG_ENOUGH_FOR_ANYTHING and (missing := _missing_kinds(password)):
        kinds = Wording.joined(", ", missing)
        found.append(
            Wording(
                "A password of fewer than {length} characters also needs {kinds}.",
                length=LONG_ENOUGH_FOR_ANYTHING,
                kinds=kinds,
            )
        )
    if password.lower() in common:
        found.append("The password is one of the most common ones.")
    if email and password.lower() in (email.lower(), email.lower().partition("@")[0]):
        found.append("The password is the e-mail address.")
    return found


def _missing_kinds(password: str) -> list[str]:
    kinds = {
        Wording("a digit"): str.isdigit,
        Wording("a lower-case letter"): str.islower,
        Wording("an upper-case letter"): str.isupper,
        Wording("a special character"): lambda char: not char.isalnum(),
    }
    return [name for name, is_kind in kinds.items() if not any(map(is_kind, password))]


def generate() -> str:
    """Return a temporary password of 79 bits that satisfies the rules and can be read aloud: `kfmx-4prt-wz8n-hq5c`."""
    return "-".join("".join(secrets.choice(EASY_TO_TYPE) for _ in range(4)) for _ in range(4))
