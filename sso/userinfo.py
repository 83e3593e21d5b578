"""The userinfo endpoint of OpenID Connect (Core §5.3), and how its claims complete those of the ID token."""

from typing import Any, NamedTuple

from rest_framework.exceptions import ParseError

from accounts.names import is_email
from common.errors import MALFORMED
from common.parsers import refuse_strange
from sso.mapping import is_yes
from sso.trial import Trial

CHECK = "Userinfo"
EMPTY: tuple[Any, ...] = (None, "", [], {})
# By these a server says that this client gets nothing there; by others, that something is out of order.
REFUSING = frozenset({401, 403, 404, 405})


class Told(NamedTuple):
    """A JSON object, or {} and in `problem` a sentence on what was answered instead.

    `lasting` is True for what another try would not change.
    """

    claims: dict[str, Any]
    problem: str = ""
    lasting: bool = False


def read(answer: Any) -> Told:
    """Read an answer of requests. It never raises."""
    kind = str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
    if answer.status_code != 200:
        return Told({}, f"It answered with status {answer.status_code}.", answer.status_code in REFUSING)
    if kind == "application/jwt":
        return Told({}, "It answered a signed JWT, which is not read here: let the client get plain JSON.", True)
    try:
        body = answer.json()
        refuse_strange(body)
    except (ParseError, *MALFORMED):
        body = None
    if not isinstance(body, dict):
        return Told({}, "It answered no JSON object.")
    return Told(body) if body else Told({}, "It answered an empty object.", True)


def is_out_of_order(answer: Any) -> bool:
    """Return True for an answer that says nothing about the person: too many requests, or a fault of the server."""
    return bool(answer.status_code == 429 or answer.status_code >= 500)


def complete(claims: dict[str, Any], told: dict[str, Any], trial: Trial) -> dict[str, Any]:
    """Add to the claims of an ID token what userinfo tells, which has to be about the same person (§5.3.2).

    `email_verified` is about the address beside it: none vouches for another address, and where both speak of the same
    one, both have to say yes.
    """
    if not told:
        return claims
    same = told.get("sub") == claims["sub"]
    trial.require(same, "Userinfo is about the same person", "no_identity", "It has another sub, or none.")
    kept, given = dict(claims), {name: value for name, value in told.items() if _counts(name, value, claims)}
    address = given.get("email", claims.get("email"))
    if not _is_alike(claims.get("email"), address):
        kept.pop("email_verified", None)
    said = kept.get("email_verified")
    about_another = "email" in told and not _is_alike(told["email"], address)
    if about_another or (said not in EMPTY and not is_yes(said)):
        given.pop("email_verified", None)
    return kept | given


def _counts(name: str, value: Any, claims: dict[str, Any]) -> bool:
    """Return True for a value that the ID token lacks, or that may replace the one there: not empty, and usable."""
    if value is None or name not in claims:
        return value is not None
    if name == "email":
        return is_email(value)
    several = isinstance(claims[name], list | dict)
    return value not in EMPTY and (not several or isinstance(value, list | dict))


def _is_alike(one: object, other: object) -> bool:
    return str(one).lower() == str(other).lower()
