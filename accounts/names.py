"""Limits and patterns of the names and numbers by which people and groups are known. Pure."""

import re

from common.visible import is_visible, shows

LONGEST_GROUP_NAME = 200
HIGHEST_POSIX_ID = 2**32 - 2  # 2^32 - 1 is (uid_t) -1, "no such user"
# Kubernetes gives meanings of its own to names that begin so: system:masters is cluster administrator.
KEPT_BY_KUBERNETES = "system:"

LONGEST_EMAIL = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_LONGEST_LOCAL_PART = 64  # RFC 5321 §4.5.3.1.1

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_TOP = r"(?:[A-Za-z]{2,63}|[Xx][Nn]--[A-Za-z0-9]{1,59})"
_EMAIL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_TOP}", re.ASCII)


def is_email(text: object) -> bool:
    """Return True for an address in ASCII: a dot-atom, @ and a domain name with a dot (RFC 5322 §3.4.1).

    An internationalised domain is written in its ASCII form, xn--… (RFC 5890 §2.3.2.1). Quoted local parts, comments
    and address literals are refused: no two programs agree on whether two of them are the same mailbox.
    """
    if not isinstance(text, str) or len(text) > LONGEST_EMAIL or not _EMAIL.fullmatch(text):
        return False
    return text.index("@") <= _LONGEST_LOCAL_PART


def of_deleted(email: str) -> str:
    """Return the name under which things are kept that a deleted user made: a later user of the address is another."""
    mark = " (deleted)"
    return email[: LONGEST_EMAIL - len(mark)] + mark


def is_group_name(text: object) -> bool:
    """Return True for 1 to LONGEST_GROUP_NAME characters that can be seen."""
    return isinstance(text, str) and 0 < len(text) <= LONGEST_GROUP_NAME and is_visible(text) and shows(text)
