"""Make the claims of a token. Pure: values in, claims out.

Sources: RFC 9068 §2.2, OpenID Connect Core §2, §5.1 and §5.4.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from accounts.names import KEPT_BY_KUBERNETES
from common.errors import Invalid
from tokens.budget import MOST_GROUPS

Claims = dict[str, object]

# What a client may ask for, and how pages say what it can do then.
SCOPES = {
    "openid": "Know that it is you",
    "email": "See your e-mail address",
    "profile": "See your name and your POSIX ids",
    "groups": "See the groups you are in",
    "offline_access": "Go on for you when you have left",
}

_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 §3.3


@dataclass(frozen=True, kw_only=True)
class UserClaims:
    """A user's part of the claims; `amr` holds RFC 8176 words, and `acr` is 2 for several factors, else 1."""

    sub: str
    email: str
    email_verified: bool
    name: str
    session_id: str
    auth_time: int
    amr: Sequence[str]
    acr: str
    groups: Sequence[str] = ()
    uid: int | None = None
    gid: int | None = None
    supplementary_groups: Sequence[int] = field(default=())


def access_claims(
    person: UserClaims, *, client_id: str, grant_id: str, scope: Sequence[str], tenant_id: int, in_cluster: bool = False
) -> Claims:
    """Return what an access token says of a person: by scope, and in a cluster always what Kubernetes knows them by."""
    return {
        "sub": person.sub,
        "sid": person.session_id,
        "client_id": client_id,
        "azp": client_id,
        "grant_id": grant_id,
        "scope": " ".join(scope),
        "tenant_id": tenant_id,
        "auth_time": person.auth_time,
        "amr": list(person.amr),
        **profile(person, {*scope, "email", "profile", "groups"} if in_cluster else scope),
    }


def id_claims(person: UserClaims, *, client_id: str, scope: Collection[str], tenant_id: int) -> Claims:
    """Return what an ID token says; its `nonce` and `at_hash` come with the request and the access token."""
    return {
        "sub": person.sub,
        "sid": person.session_id,
        "azp": client_id,
        "tenant_id": tenant_id,
        "auth_time": person.auth_time,
        "amr": list(person.amr),
        "acr": person.acr,
        **profile(person, scope),
    }


def profile(person: UserClaims, scope: Collection[str]) -> Claims:
    """`uid` and `gid` are strings and `supplementary_groups` numbers, as the platform's clients read them."""
    claims: Claims = {}
    if "email" in scope:
        claims |= {"email": person.email, "email_verified": person.email_verified}
    if "profile" in scope:
        claims |= _known_as(person)
    groups = sorted(name for name in person.groups if not name.startswith(KEPT_BY_KUBERNETES))
    if "groups" in scope and 0 < len(groups) <= MOST_GROUPS:
        claims["groups"] = groups
    return claims


def _known_as(person: UserClaims) -> Claims:
    claims: Claims = {"preferred_username": person.email}
    if person.name:
        claims["name"] = person.name
    if person.uid is not None:
        claims["uid"] = str(person.uid)
    if person.gid is not None:
        claims["gid"] = str(person.gid)
    if person.supplementary_groups:
        claims["supplementary_groups"] = list(person.supplementary_groups)
    return claims


def application_claims(
    client_id: str, *, application_id: str, tenant_id: int, scope: Sequence[str] = (), in_cluster: bool = False
) -> Claims:
    """Build the claims of an application, its own subject (RFC 9068 §2.2): no user's `sub` can equal a client id.

    Clusters with the platform's flags take `sub` for the user name, so that it says there what an application is: a
    client named `kubernetes-admin` must not be that user. A client id can be given again after its application was
    deleted; `application_id` can't.
    """
    return {
        "sub": service_account(client_id) if in_cluster else client_id,
        "application_id": application_id,
        "client_id": client_id,
        "azp": client_id,
        "scope": " ".join(scope),
        "preferred_username": service_account(client_id),
        "tenant_id": tenant_id,
    }


def understood(scope: Collection[str]) -> list[str]:
    """Return what of a requested scope means something here: the rest is ignored (OpenID Connect Core §3.1.2.1).

    Invalid `invalid_scope` for what is no scope-token (RFC 6749 §3.3), and for one of Dex's for an audience, where none
    is read: a token without the audience would only be refused later, by a cluster.
    """
    for name in scope:
        if not _SCOPE_TOKEN.fullmatch(name) or name.startswith("audience:"):
            raise Invalid("invalid_scope", "The scope has a name that can't be read here.")
    return [name for name in scope if name in SCOPES]


def in_words(scope: Collection[str]) -> list[str]:
    """Return what people read of a scope."""
    return [sentence for name, sentence in SCOPES.items() if name in scope]


def service_account(client_id: str) -> str:
    """Return the name of an application among users, as Keycloak gives it.

    No e-mail address and no user's id is like it.
    """
    return f"service-account-{client_id}"


def is_application(claims: Claims) -> bool:
    return "application_id" in claims
