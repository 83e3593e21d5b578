"""The userinfo endpoint of OpenID Connect (Core §5.3), and how its claims complete those of the ID token."""

from typing import Any, NamedTuple

from rest_framework.exceptions import ParseError

from common.errors import MALFORMED
from common.parsers import refuse_strange
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

    An empty value never replaces one of the ID token's. `email_verified` is about the address beside it, so that of the
    ID token doesn't outlive its address.
    """
    if not told:
        return claims
    same = told.get("sub") == claims["sub"]
    trial.require(same, "Userinfo is about the same person", "no_identity", "It has another sub, or none.")
    kept = dict(claims)
    if told.get("email") not in (*EMPTY, claims.get("email")):
        kept.pop("email_verified", None)
    given = {name: value for name, value in told.items() if value is not None}
    return kept | {name: value for name, value in given.items() if value not in EMPTY or name not in kept}
