"""The checks, each by its name and in the order in which kube-apiserver makes them.

A check that finds something wrong raises CheckFailed. Otherwise it stores in the state what later checks need.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from operator import attrgetter

from accounts.names import KEPT_BY_KUBERNETES
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
from clustersync.apiserver_checks import signature
from clustersync.apiserver_checks.golang import (
    NotReadableByGo,
    Number,
    Object,
    base64url,
    read_json,
    seconds,
    string,
    strings,
)
from clustersync.apiserver_checks.state import NO_EXPIRY, CheckFailed, CheckState, TokenCheck
from common.wording import Wording

NBF_LEEWAY = 60  # seconds
CREDENTIAL_KEY = "authentication.kubernetes.io/credential-id"


def issuer(state: CheckState) -> None:
    """Unverified: whether the other checks are for this token at all."""
    parts = state.token.split(".")
    if state.token.strip().startswith("{") or len(parts) != 3:
        raise CheckFailed("it is no JWT of three parts")
    with _reading(Wording("its middle part")):
        found = read_json(base64url(parts[1]))
    named = found.field("iss") if isinstance(found, Object) else []
    with _reading("iss"):
        issuer = ([string(value) for value in named if value is not None] or [""])[-1]
    if issuer != state.authenticator.issuer:
        raise CheckFailed(
            Wording(
                "it names {named}, and the API server expects {issuer}",
                named=_shown(issuer),
                issuer=state.authenticator.issuer,
            )
        )


def parts(state: CheckState) -> None:
    with _reading(Wording("the token")):
        state.jws = signature.parse(state.token)


def algorithm(state: CheckState) -> None:
    if state.jws.algorithm not in state.authenticator.algorithms:
        named = _shown(state.jws.algorithm)
        raise CheckFailed(
            Wording(
                "it says {named}, and the API server takes {algorithms}",
                named=named,
                algorithms=", ".join(state.authenticator.algorithms),
            )
        )


def signed(state: CheckState) -> None:
    if signature.unknown_critical(state.jws):
        raise CheckFailed("crit in its header names what nobody knows")
    if not signature.is_signed_by_one_of(state.jws, state.keys):
        known = any(key.get("kid") == state.jws.kid for key in state.keys)
        raise CheckFailed(
            "the signature is not that of the key it names"
            if known or not state.jws.kid
            else Wording("it names the key {kid}, which is not published, or not any more", kid=_shown(state.jws.kid))
        )


def claims(state: CheckState) -> None:
    with _reading(Wording("the claims")):
        found = read_json(state.jws.payload)
    if not isinstance(found, Object):
        raise CheckFailed("the claims are no object")
    state.claims = found
    for name in ("sub", "nonce", "at_hash"):
        with _reading(name):
            [string(value) for value in found.field(name)]
    for name in ("exp", "iat", "nbf"):
        _time(state, name, found.field(name))
    for value in found.field("aud"):
        with _reading("aud"):
            state.audiences = _audiences(value)
    _distributed(state, found)


def expiry(state: CheckState) -> None:
    if state.ends_at == NO_EXPIRY:
        raise CheckFailed("it says no exp")
    if state.ends_at < state.now:
        raise CheckFailed(
            Wording("it ended {ago} ago, by the clock of this server", ago=_ago(state.now - state.ends_at))
        )


def not_before(state: CheckState) -> None:
    if state.not_before is not None and state.now + NBF_LEEWAY < state.not_before:
        raise CheckFailed(
            Wording("it begins in {ago}, by the clock of this server", ago=_ago(state.not_before - state.now))
        )


def audience(state: CheckState) -> None:
    if not set(state.audiences) & set(state.authenticator.audiences):
        named, wanted = ", ".join(state.audiences) or Wording("nobody"), " or ".join(state.authenticator.audiences)
        raise CheckFailed(
            Wording("it is for {named}, and the API server expects {wanted}", named=_shown(named), wanted=wanted)
        )


def username(state: CheckState) -> None:
    claim, prefix = state.authenticator.username
    if not state.has(claim):
        raise CheckFailed(Wording("it has no {claim}", claim=claim))
    with _reading(claim):
        state.username = prefix + string(state.claim(claim))


def groups(state: CheckState) -> None:
    known_by = state.authenticator.groups
    if known_by is None or not state.has(known_by.claim):
        return
    with _reading(known_by.claim):
        state.groups = [known_by.prefix + group for group in _groups(state.claim(known_by.claim))]


def uid(state: CheckState) -> None:
    name = "application_id" if state.has("application_id") else "sub"
    if not state.has(name):
        raise CheckFailed("it has no sub")
    if state.claim(name) is None:
        raise CheckFailed(Wording("{name} is not a string", name=name))
    with _reading(name):
        state.uid = string(state.claim(name))


def credential(state: CheckState) -> None:
    jti = state.claim("jti")
    if isinstance(jti, str) and jti and not isinstance(jti, Number):
        state.extra[CREDENTIAL_KEY] = [f"JTI={jti}"]


def session(state: CheckState) -> None:
    """Leave out what is empty."""
    value = state.claim("sid")
    with _reading("sid"):
        found = strings(value) if isinstance(value, list) else [string(value)]
    if kept := [one for one in found if one]:
        state.extra[SESSION_KEY] = kept


def names_somebody(state: CheckState) -> None:
    if not state.has("sub") or state.claim("sub") == "":
        raise CheckFailed("it names nobody")


def names_a_user(state: CheckState) -> None:
    """Null comes out as an empty name too."""
    if state.username == state.authenticator.username.prefix:
        raise CheckFailed(Wording("its {claim} is empty", claim=state.authenticator.username.claim))


def is_access_token(state: CheckState) -> None:
    if not state.has("client_id"):
        raise CheckFailed("it has no client_id: an ID token says who signed in to a program. Send the access token")


def is_for_this_cluster(state: CheckState) -> None:
    audience, own = state.claim("aud"), state.authenticator.audiences[0]
    if state.has("client_id") and audience != own and not (isinstance(audience, list) and own in audience):
        raise CheckFailed(Wording("it is for another cluster: {own} is not among its audiences", own=own))


def no_system_user(state: CheckState) -> None:
    if state.username.startswith(KEPT_BY_KUBERNETES):
        raise CheckFailed(Wording("{name} is a name that Kubernetes keeps for itself", name=_shown(state.username)))


def no_system_group(state: CheckState) -> None:
    for group in state.groups:
        if group.startswith(KEPT_BY_KUBERNETES):
            raise CheckFailed(Wording("{group} is a group that Kubernetes keeps for itself", group=_shown(group)))


_structured, _sharing, _named = map(attrgetter, ("structured", "shares_audience", "names_users"))

CHECKS = (
    TokenCheck("issuer", "It is a JWT of our issuer, to the letter", issuer),
    TokenCheck("form", "It is signed in the compact form", parts),
    TokenCheck("algorithm", "The algorithm is one that the API server takes", algorithm),
    TokenCheck("signature", "A key that we publish signed it", signed),
    TokenCheck("claims", "Its claims can be read", claims),
    TokenCheck("expiry", "It has not ended", expiry),
    TokenCheck("not-before", "It has begun", not_before),
    TokenCheck("audience", "It is for this cluster", audience),
    TokenCheck("username", "It says a user name", username),
    TokenCheck("groups", "Its groups can be read", groups),
    TokenCheck("uid", "It says a lasting id", uid, _structured, UID),
    TokenCheck("credential", "The id of the token, for the audit log", credential, attrgetter("credential_ids")),
    TokenCheck("session", "The session it belongs to, for the audit log", session, _structured, SESSION),
    TokenCheck("subject", "Its subject is not empty", names_somebody, _structured, NAMES_SOMEBODY),
    TokenCheck(
        "access-token",
        "It is an access token",
        is_access_token,
        lambda authenticator: authenticator.access_tokens_only,
        HAS_A_CLIENT,
    ),
    TokenCheck("own-audience", "An access token names this cluster", is_for_this_cluster, _sharing, FOR_THIS_CLUSTER),
    TokenCheck("name", "Its user name is not empty", names_a_user, _named, NAMES_A_USER),
    TokenCheck("system-user", "The user is none of Kubernetes' own", no_system_user, _structured, NO_SYSTEM_USER),
    TokenCheck("system-group", "The groups are none of Kubernetes' own", no_system_group, _structured, NO_SYSTEM_GROUP),
)


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except NotReadableByGo as error:
        raise CheckFailed(Wording("{what} can't be read: {error}", what=what, error=error)) from None


def _time(state: CheckState, name: str, values: list[object]) -> None:
    for value in values:
        if value is None and name == "nbf":
            state.not_before = None
            continue
        with _reading(name):
            found = seconds(value)
        if name == "exp":
            state.ends_at = found
        elif name == "nbf":
            state.not_before = found


def _distributed(state: CheckState, found: Object) -> None:
    """OpenID Connect Core §5.6.2. Groups that are elsewhere would be fetched from there; none of ours are."""
    names = _members(found, "_claim_names")
    sources = _members(found, "_claim_sources")
    for claim, source in names.items():
        with _reading("_claim_names"):
            if string(source) not in sources:
                raise CheckFailed(Wording("{claim} is said to be elsewhere, and not where", claim=_shown(claim)))
    if (
        state.authenticator.groups
        and state.authenticator.groups.claim in names
        and not state.has(state.authenticator.groups.claim)
    ):
        raise CheckFailed("its groups are elsewhere")


def _members(found: Object, name: str) -> dict[str, object]:
    value = (found.field(name) or [None])[-1]
    if value is not None and not isinstance(value, Object):
        raise CheckFailed(Wording("{name} can't be read: it is no object", name=name))
    return value.exact if value else {}


def _audiences(value: object) -> list[str]:
    return strings(value) if isinstance(value, list) else [string(value)]


def _groups(value: object) -> list[str]:
    return strings(value) if value is None or isinstance(value, list) else [string(value)]


def _shown(text: str) -> str:
    if not text:
        return Wording("nothing")
    return f"{text[:100]}…" if len(text) > 100 else text


def _ago(amount: float) -> str:
    return (
        f"{amount:.0f} s" if amount < 600 else f"{amount / 60:.0f} min" if amount < 36000 else f"{amount / 3600:.0f} h"
    )
