"""OpenID Connect's userinfo endpoint (Core §5.3), whose claims complete those of the ID token."""

from typing import Any, NamedTuple

from rest_framework.exceptions import ParseError

from accounts.names import is_email
from common.errors import MALFORMED
from common.parsers import refuse_strange
from common.wording import Wording
from sso.check_log import CheckLog
from sso.mapping import is_yes

CHECK = "Userinfo"
EMPTY: tuple[Any, ...] = (None, "", [], {})
# Statuses by which a server refuses this client. Others mean that something is out of order.
REFUSING = frozenset({401, 403, 404, 405})


class UserinfoResponse(NamedTuple):
    """`claims` is the JSON object; or {} with a sentence in `problem`.

    `lasting` is True if another try would not help.
    """

    claims: dict[str, Any]
    problem: str = ""
    lasting: bool = False


def read(answer: Any) -> UserinfoResponse:
    """Read a response. It never raises."""
    kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    if answer.status_code != 200:
        return UserinfoResponse(
            {},
            Wording("It answered with status {status}.", status=answer.status_code),
            answer.status_code in REFUSING,
        )
    if kind == "application/jwt":
        return UserinfoResponse(
            {}, "It answered a signed JWT, which is not read here: let the client get plain JSON.", True
        )
    try:
        body = answer.json()
        refuse_strange(body)
    except (ParseError, *MALFORMED):
        body = None
    if not isinstance(body, dict):
        return UserinfoResponse({}, "It answered no JSON object.")
    return UserinfoResponse(body) if body else UserinfoResponse({}, "It answered an empty object.", True)


def is_out_of_order(answer: Any) -> bool:
    """Return True for a response that says nothing about the user: status 429 or a server error."""
    return bool(answer.status_code == 429 or answer.status_code >= 500)


def complete(claims: dict[str, Any], response: dict[str, Any], log: CheckLog) -> dict[str, Any]:
    """Add the claims of userinfo to those of an ID token. Both must be about the same user (§5.3.2).

    `email_verified` belongs to the address beside it, not to another one. If both sources have the same address, both
    have to verify it.
    """
    if not response:
        return claims
    same = response.get("sub") == claims["sub"]
    log.require(same, "Userinfo is about the same person", "no_identity", "It has another sub, or none.")
    kept, given = dict(claims), {name: value for name, value in response.items() if _counts(name, value, claims)}
    address = given.get("email", claims.get("email"))
    if not _is_alike(claims.get("email"), address):
        kept.pop("email_verified", None)
    verified = kept.get("email_verified")
    about_another = "email" in response and not _is_alike(response["email"], address)
    if about_another or (verified not in EMPTY and not is_yes(verified)):
        given.pop("email_verified", None)
    return kept | given


def _counts(name: str, value: Any, claims: dict[str, Any]) -> bool:
    """Return True for a non-empty, usable value that the ID token lacks, or that may replace the one there."""
    if value is None or name not in claims:
        return value is not None
    if name == "email":
        return is_email(value)
    several = isinstance(claims[name], list | dict)
    return value not in EMPTY and (not several or isinstance(value, list | dict))


def _is_alike(one: object, other: object) -> bool:
    return str(one).lower() == str(other).lower()
