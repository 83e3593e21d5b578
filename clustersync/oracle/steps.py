"""The checks, each by its name and in the order in which kube-apiserver makes them.

A step that finds something wrong raises Refusal; otherwise it leaves in the case what the next ones need.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from clustersync.apiserver.authentication_configuration import (
    FOR_THIS_CLUSTER,
    HAS_A_CLIENT,
    NAMES_A_USER,
    NAMES_SOMEBODY,
    NO_SYSTEM_GROUP,
    NO_SYSTEM_USER,
    SESSION,
    UID,
)
from clustersync.apiserver.facts import SESSION_KEY
from clustersync.oracle import signature
from clustersync.oracle.golang import Number, Object, Unreadable, base64url, read_json, seconds, string, strings
from clustersync.oracle.told import Told

NBF_LEEWAY = 60  # seconds
NO_EXPIRY = -62135596800  # the year 1, Go's time when none is given
CREDENTIAL_KEY = "authentication.kubernetes.io/credential-id"
SYSTEM = "system:"


class Refusal(Exception):
    """The text goes on where the title of the step ends."""


@dataclass
class Case:
    token: str = field(repr=False)
    told: Told
    keys: Sequence[Mapping[str, Any]]
    now: float
    jws: signature.JWS = field(default=signature.NOTHING, repr=False)
    claims: Object = field(default_factory=lambda: Object([]), repr=False)
    audiences: list[str] = field(default_factory=list)
    ends_at: int = NO_EXPIRY
    not_before: int | None = None
    username: str = ""
    groups: list[str] = field(default_factory=list)
    uid: str = ""
    extra: dict[str, list[str]] = field(default_factory=dict)

    def claim(self, name: str) -> object:
        return self.claims.exact.get(name)

    def has(self, name: str) -> bool:
        """As CEL's macro: null is there."""
        return name in self.claims.exact


@dataclass(frozen=True)
class Step:
    """`cel` is the expression of the generated AuthenticationConfiguration that it stands for."""

    rule: str
    title: str
    check: Callable[[Case], None]
    applies: Callable[[Told], bool] = lambda told: True
    cel: str = ""


def issuer(case: Case) -> None:
    """Unverified: whether the other checks are for this token at all."""
    parts = case.token.split(".")
    if case.token.strip().startswith("{") or len(parts) != 3:
        raise Refusal("it is no JWT of three parts")
    with _reading("its middle part"):
        found = read_json(base64url(parts[1]))
    named = found.field("iss") if isinstance(found, Object) else []
    with _reading("iss"):
        said = ([string(value) for value in named if value is not None] or [""])[-1]
    if said != case.told.issuer:
        raise Refusal(f"it names {_shown(said)}, and the API server expects {case.told.issuer}")


def parts(case: Case) -> None:
    with _reading("the token"):
        case.jws = signature.parse(case.token)


def algorithm(case: Case) -> None:
    if case.jws.algorithm not in case.told.algorithms:
        said = _shown(case.jws.algorithm)
        raise Refusal(f"it says {said}, and the API server takes {', '.join(case.told.algorithms)}")


def signed(case: Case) -> None:
    if signature.unknown_critical(case.jws):
        raise Refusal("crit in its header names what nobody knows")
    if not signature.is_signed_by_one_of(case.jws, case.keys):
        known = any(key.get("kid") == case.jws.kid for key in case.keys)
        raise Refusal(
            "the signature is not that of the key it names" if known or not case.jws.kid
            else f"it names the key {_shown(case.jws.kid)}, which is not published, or not any more"
        )  # fmt: skip


def claims(case: Case) -> None:
    with _reading("the claims"):
        found = read_json(case.jws.payload)
    if not isinstance(found, Object):
        raise Refusal("the claims are no object")
    case.claims = found
    for name in ("sub", "nonce", "at_hash"):
        with _reading(name):
            [string(value) for value in found.field(name)]
    for name in ("exp", "iat", "nbf"):
        _time(case, name, found.field(name))
    for value in found.field("aud"):
        with _reading("aud"):
            case.audiences = _audiences(value)
    _distributed(case, found)


def expiry(case: Case) -> None:
    if case.ends_at == NO_EXPIRY:
        raise Refusal("it says no exp")
    if case.ends_at < case.now:
        raise Refusal(f"it ended {_ago(case.now - case.ends_at)} ago, by the clock of this server")


def not_before(case: Case) -> None:
    if case.not_before is not None and case.now + NBF_LEEWAY < case.not_before:
        raise Refusal(f"it begins in {_ago(case.not_before - case.now)}, by the clock of this server")


def audience(case: Case) -> None:
    if not set(case.audiences) & set(case.told.audiences):
        said, wanted = ", ".join(case.audiences) or "nobody", " or ".join(case.told.audiences)
        raise Refusal(f"it is for {_shown(said)}, and the API server expects {wanted}")


def username(case: Case) -> None:
    claim, prefix = case.told.username
    if not case.has(claim):
        raise Refusal(f"it has no {claim}")
    with _reading(claim):
        case.username = prefix + string(case.claim(claim))


def groups(case: Case) -> None:
    known_by = case.told.groups
    if known_by is None or not case.has(known_by.claim):
        return
    with _reading(known_by.claim):
        case.groups = [known_by.prefix + group for group in _groups(case.claim(known_by.claim))]


def uid(case: Case) -> None:
    name = "application_id" if case.has("application_id") else "sub"
    if not case.has(name):
        raise Refusal("it has no sub")
    if case.claim(name) is None:
        raise Refusal(f"{name} is not a string")
    with _reading(name):
        case.uid = string(case.claim(name))


def credential(case: Case) -> None:
    jti = case.claim("jti")
    if isinstance(jti, str) and jti and not isinstance(jti, Number):
        case.extra[CREDENTIAL_KEY] = [f"JTI={jti}"]


def session(case: Case) -> None:
    """What is empty is left out."""
    value = case.claim("sid")
    with _reading("sid"):
        found = strings(value) if isinstance(value, list) else [string(value)]
    if kept := [one for one in found if one]:
        case.extra[SESSION_KEY] = kept


def names_somebody(case: Case) -> None:
    if not case.has("sub") or case.claim("sub") == "":
        raise Refusal("it names nobody")


def names_a_user(case: Case) -> None:
    """Null comes out as an empty name too."""
    if case.username == case.told.username.prefix:
        raise Refusal(f"its {case.told.username.claim} is empty")


def is_access_token(case: Case) -> None:
    if not case.has("client_id"):
        raise Refusal("it has no client_id: an ID token says who signed in to a program. Send the access token")


def is_for_this_cluster(case: Case) -> None:
    said, own = case.claim("aud"), case.told.audiences[0]
    if case.has("client_id") and said != own and not (isinstance(said, list) and own in said):
        raise Refusal(f"it is for another cluster: {own} is not among its audiences")


def no_system_user(case: Case) -> None:
    if case.username.startswith(SYSTEM):
        raise Refusal(f"{_shown(case.username)} is a name that Kubernetes keeps for itself")


def no_system_group(case: Case) -> None:
    for group in case.groups:
        if group.startswith(SYSTEM):
            raise Refusal(f"{_shown(group)} is a group that Kubernetes keeps for itself")


_structured, _sharing, _named = map(attrgetter, ("structured", "shares_audience", "names_users"))

STEPS = (
    Step("issuer", "It is a JWT of our issuer, to the letter", issuer),
    Step("form", "It is signed in the compact form", parts),
    Step("algorithm", "The algorithm is one that the API server takes", algorithm),
    Step("signature", "A key that we publish signed it", signed),
    Step("claims", "Its claims can be read", claims),
    Step("expiry", "It has not ended", expiry),
    Step("not-before", "It has begun", not_before),
    Step("audience", "It is for this cluster", audience),
    Step("username", "It says a user name", username),
    Step("groups", "Its groups can be read", groups),
    Step("uid", "It says a lasting id", uid, _structured, UID),
    Step("credential", "The id of the token, for the audit log", credential, attrgetter("credential_ids")),
    Step("session", "The session it belongs to, for the audit log", session, _structured, SESSION),
    Step("subject", "Its subject is not empty", names_somebody, _structured, NAMES_SOMEBODY),
    Step("access-token", "It is an access token", is_access_token, lambda told: told.access_tokens_only, HAS_A_CLIENT),
    Step("own-audience", "An access token names this cluster", is_for_this_cluster, _sharing, FOR_THIS_CLUSTER),
    Step("name", "Its user name is not empty", names_a_user, _named, NAMES_A_USER),
    Step("system-user", "The user is none of Kubernetes' own", no_system_user, _structured, NO_SYSTEM_USER),
    Step("system-group", "The groups are none of Kubernetes' own", no_system_group, _structured, NO_SYSTEM_GROUP),
)


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        raise Refusal(f"{what} can't be read: {error}") from None


def _time(case: Case, name: str, values: list[object]) -> None:
    for value in values:
        if value is None and name == "nbf":
            case.not_before = None
            continue
        with _reading(name):
            found = seconds(value)
        if name == "exp":
            case.ends_at = found
        elif name == "nbf":
            case.not_before = found


def _distributed(case: Case, found: Object) -> None:
    """OpenID Connect Core §5.6.2. Groups that are elsewhere would be fetched from there; none of ours are."""
    names = _members(found, "_claim_names")
    sources = _members(found, "_claim_sources")
    for claim, source in names.items():
        with _reading("_claim_names"):
            if string(source) not in sources:
                raise Refusal(f"{_shown(claim)} is said to be elsewhere, and not where")
    if case.told.groups and case.told.groups.claim in names and not case.has(case.told.groups.claim):
        raise Refusal("its groups are elsewhere")


def _members(found: Object, name: str) -> dict[str, object]:
    value = (found.field(name) or [None])[-1]
    if value is not None and not isinstance(value, Object):
        raise Refusal(f"{name} can't be read: it is no object")
    return value.exact if value else {}


def _audiences(value: object) -> list[str]:
    return strings(value) if isinstance(value, list) else [string(value)]


def _groups(value: object) -> list[str]:
    return strings(value) if value is None or isinstance(value, list) else [string(value)]


def _shown(text: str) -> str:
    if not text:
        return "nothing"
    return f"{text[:100]}…" if len(text) > 100 else text


def _ago(amount: float) -> str:
    return (
        f"{amount:.0f} s" if amount < 600 else f"{amount / 60:.0f} min" if amount < 36000 else f"{amount / 3600:.0f} h"
    )
