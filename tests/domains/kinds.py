"""Every kind of credential that is issued here or shown here, and the places that accept it: no others."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.test import Client

from common.actors import SYSTEM
from tests import cast
from tests.clustersync import opaque
from tests.domains.world import World
from tests.protocol.oidc_core.assertions import assertion
from tests.tokens.asking import ask, by_password, by_secret
from tests.tokens.registering import make_token
from tokens.models import Application, Grant, LogoutNotice
from tokens.models.applications import GrantType
from tokens.services.applications import rotate_secret
from tokens.services.backchannel import logout_token

Make = Callable[[World], str]


@dataclass(frozen=True)
class Kind:
    """`client` is whose it is, where clients show it."""

    make: Make
    accepted: frozenset[str]
    client: str = "nosy"


# What a person's access token for the API opens; one that an application has for itself opens less.
API = {"API", "agent's RBAC"}
PERSONS_API = {*API, "own cluster token", "userinfo", "revocation"}
ITS_CLIENT = {"introspection by its client"}
# Flags have room for one audience: an API server with the platform's takes what is for any cluster that has them.
PLATFORMS_FLAGS = {"flags of old", "flags of older", "verdict in old", "verdict in older"}
ID_TOKEN_OF_RUNAI = {
    *PLATFORMS_FLAGS,
    *("verdict in sharing", "configuration of old", "configuration of older", "configuration of sharing"),
}


def of(cluster: str) -> set[str]:
    """A cluster asks us, or verifies by itself in one of two ways; our page tells which of it holds."""
    if cluster in ("", "api"):
        return PERSONS_API
    shared = PLATFORMS_FLAGS if cluster in ("old", "sharing") else set()
    return {f"{way} {cluster}" for way in ("review in", "configuration of", "flags of", "verdict in")} | shared


def password_in_the_platforms_form(world: World, cluster: str) -> str:
    form = {"grant_type": "password", "client_id": "cli", "audience": world.audience(cluster)}
    form |= {"username": world.ada.email, "password": cast.PASSWORD}
    form_type = "application/x-www-form-urlencoded"
    return str(Client().post("/api/v2/token", urlencode(form), content_type=form_type).json()["access_token"])


def refreshed(world: World, cluster: str) -> str:
    """At the token API."""
    begun = by_password(world.ada)
    answer = ask(
        grantType="refresh_token", refreshToken=begun["refreshToken"], audience=world.audience(cluster) or None
    )
    return str(answer.json()["accessToken"])


def refreshed_by_form(world: World, client: str, cluster: str, first: str = "") -> str:
    form = {"refresh_token": world.by_code(client, first)["refresh_token"], "resource": world.audience(cluster)}
    return str(world.post("token", client, grant_type="refresh_token", **form).json()["access_token"])


def by_device(world: World, cluster: str) -> str:
    waiting = world.waiting(cluster=cluster, approved=True)
    asked = {"grant_type": GrantType.DEVICE_CODE.value, "device_code": waiting["device_code"]}
    return str(world.post("token", "runai-cli", **asked).json()["access_token"])


def by_older_form(world: World) -> str:
    body = {"id": "robo", "name": "robo", "secret": cast.ROBO_SECRET}
    answer = Client().post("/v1/k8s/auth/oauth/apptoken", body, content_type="application/json")
    return str(answer.json()["access_token"])


def by_client_credentials(world: World, cluster: str) -> str:
    asked = {"grant_type": "client_credentials", "resource": world.audience(cluster)}
    return str(world.post("token", "robo", **asked).json()["access_token"])


def by_app_token(world: World, cluster: str) -> str:
    shown = {"appID": "robo", "appSecret": cast.ROBO_SECRET, "audience": world.audience(cluster) or None}
    return str(ask(grantType="app_token", **shown).json()["accessToken"])


def logout_token_of(client: str) -> Make:
    def made(world: World) -> str:
        """As the client is sent it when its user was signed out."""
        world.by_code(client)
        grant = Grant.objects.select_related("session").latest("rotated_at")
        session = grant.session
        return logout_token(LogoutNotice(application=grant.application, sub=str(session.user_id), sid=str(session.pk)))

    return made


# By grant type, as its endpoint calls it: how a person gets a token for a cluster, or for the API; and by which client.
FOR_PEOPLE: dict[str, tuple[Callable[[World, str], str], str]] = {
    "/api/v1/token password": (
        lambda w, c: str(by_password(w.ada, audience=w.audience(c) or None)["accessToken"]),
        "cli",
    ),
    "/api/v1/token refresh_token": (refreshed, "cli"),
    "token password": (password_in_the_platforms_form, "cli"),
    "token authorization_code": (lambda w, c: str(w.by_code("runai-cli", c)["access_token"]), "runai-cli"),
    "token authorization_code, of runai": (lambda w, c: str(w.by_code("runai", c)["access_token"]), "runai"),
    "token refresh_token": (lambda w, c: refreshed_by_form(w, "runai-cli", c), "runai-cli"),
    f"token {GrantType.DEVICE_CODE.value}": (by_device, "runai-cli"),
}
FOR_APPLICATIONS: dict[str, Callable[[World, str], str]] = {
    "/api/v1/token client_credentials": lambda w, c: str(
        by_secret(w.robo, audience=w.audience(c) or None)["accessToken"]
    ),
    "/api/v1/token app_token": by_app_token,
    "token client_credentials": by_client_credentials,
}
TARGETS = ("", "api", "prod", "old", "sharing")


def access_tokens() -> Iterator[tuple[str, Kind]]:
    for cluster in TARGETS:
        for grant, (make, client) in FOR_PEOPLE.items():
            # A grant that was asked for the API alone is not for clusters; one that is only refreshed for it is.
            alone = {"own cluster token"} if cluster == "api" and "refresh_token" not in grant else set()
            accepted = frozenset(of(cluster) - alone)
            yield f"{grant}, for {cluster or 'nothing'}", Kind(_with(make, cluster), accepted, client)
        own = API if cluster in ("", "api") else of(cluster)
        for grant, issue in FOR_APPLICATIONS.items():
            yield (
                f"{grant}, for {cluster or 'nothing'}",
                Kind(_with(issue, cluster), frozenset(own | ITS_CLIENT), "robo"),
            )
    yield "app token in the older form", Kind(by_older_form, frozenset(API | ITS_CLIENT), "robo")
    for first in ("prod", "old", "sharing"):
        again = _with(lambda w, c: refreshed_by_form(w, "runai-cli", "", c), first)
        yield f"refresh of a grant for {first}", Kind(again, frozenset(of(first)), "runai-cli")


def _with(make: Callable[[World, str], str], cluster: str) -> Make:
    return lambda world: make(world, cluster)


def replaced(world: World) -> str:
    rotate_secret(actor=SYSTEM, application=Application.objects.get(client_id="robo"))
    return cast.ROBO_SECRET


def kind(make: Make, *accepted: str, client: str = "nosy") -> Kind:
    return Kind(make, frozenset(accepted), client)


HINT, IN_BROWSER = "hint at sign-in", "hint at sign-out, in the browser"
KINDS: dict[str, Kind] = {
    **dict(access_tokens()),
    "web application's own": kind(
        lambda w: str(w.by_code("shop")["access_token"]), "userinfo", "revocation", *ITS_CLIENT, client="shop"
    ),
    "web application's, for prod": kind(
        lambda w: str(w.by_code("shop", "prod")["access_token"]), *of("prod"), *ITS_CLIENT, client="shop"
    ),
    "web application's, for the API": kind(
        lambda w: str(w.by_code("portal", "api")["access_token"]),
        *PERSONS_API - {"own cluster token"},
        *ITS_CLIENT,
        client="portal",
    ),
    "ID token": kind(lambda w: str(w.by_code("shop")["id_token"]), HINT, IN_BROWSER, client="shop"),
    "ID token of runai-cli": kind(
        lambda w: str(w.by_code("runai-cli")["id_token"]), HINT, IN_BROWSER, client="runai-cli"
    ),
    "ID token of cli": kind(lambda w: str(by_password(w.ada)["idToken"]), HINT, client="cli"),
    "ID token of runai": kind(
        lambda w: str(w.by_code("runai")["id_token"]), HINT, IN_BROWSER, *ID_TOKEN_OF_RUNAI, client="runai"
    ),
    "ID token of runai, in a kubeconfig": kind(
        lambda w: str(w.by_code("runai", scope="openid email offline_access")["id_token"]),
        HINT,
        IN_BROWSER,
        *ID_TOKEN_OF_RUNAI,
        client="runai",
    ),
    "logout token": kind(logout_token_of("shop"), client="shop"),
    "logout token of runai": kind(logout_token_of("runai"), client="runai"),
    "refresh token": kind(
        lambda w: str(w.by_code("shop")["refresh_token"]), "refresh", "revocation", *ITS_CLIENT, client="shop"
    ),
    "refresh token of runai": kind(
        lambda w: str(w.by_code("runai", "old")["refresh_token"]), "refresh", "revocation", client="runai"
    ),
    "refresh token of cli": kind(
        lambda w: str(by_password(w.ada)["refreshToken"]), "refresh", "revocation", client="cli"
    ),
    "code": kind(lambda w: w.code("shop"), "code", client="shop"),
    "device code": kind(lambda w: str(w.waiting(approved=True)["device_code"]), "device poll", client="runai-cli"),
    "user code": kind(lambda w: str(w.waiting()["user_code"]), "user code", client="runai-cli"),
    "opaque cluster token": kind(
        lambda w: str(opaque.made(opaque.showing(by_password(w.ada)["accessToken"]), w.clusters["prod"])["token"]),
        "review in prod",
        "verdict in prod",
    ),
    "opaque token for old": kind(
        lambda w: str(opaque.made(opaque.showing(by_password(w.ada)["accessToken"]), w.clusters["old"])["token"]),
        "review in old",
        "verdict in old",
    ),
    "webhook credential": kind(lambda w: w.webhooks["prod"], "calling review in prod"),
    "agent credential": kind(lambda w: w.agents["prod"], "agent's RBAC", "agent's report"),
    "registration token": kind(lambda w: make_token(), "registration"),
    "client secret": kind(lambda w: cast.ROBO_SECRET, "client secret", client="robo"),
    "client secret before the last": kind(replaced, "client secret", client="robo"),
    "client assertion": kind(lambda w: assertion(), "client assertion", client="signer"),
    "browser cookie": kind(lambda w: str(w.browser.cookies["session"].value), "browser"),
    "session id": kind(lambda w: str(Grant.objects.all()[0].session_id) if w.by_code("shop") else ""),
}

# Of everything that is stored as a hash: the kinds that are looked up by it. Of the rest nobody is shown the value.
HASHED = {
    "tokens.Application.secret_hash": {"client secret"},
    "tokens.Application.previous_secret_hash": {"client secret before the last"},
    "tokens.Grant.current_hash": {"refresh token"},
    "tokens.Grant.previous_hash": {"refresh token"},
    "tokens.AuthorizationCode.code_hash": {"code"},
    "tokens.DeviceCode.device_code_hash": {"device code"},
    "tokens.DeviceCode.user_code_hash": {"user code"},
    "tokens.RegistrationToken.token_hash": {"registration token"},
    "tokens.SeenAssertion.assertion_hash": {"client assertion"},
    "clustersync.ClusterToken.secret_hash": {"opaque cluster token"},
    "clustersync.ClusterCredential.secret_hash": {"webhook credential", "agent credential"},
    # Of what a provider sent, to know it when it comes again.
    "sso.Attempt.message_hash": set(),
    # In the browser that a provider sends back, for the next request: tests/sso.
    "sso.WaitingSignIn.handle_hash": set(),
    # An address for a browser, which opens nothing.
    "tokens.KeptRequest.reference_hash": set(),
}
SIGNED = {"AccessToken": {"web application's own"}, "IDToken": {"ID token"}, "LogoutToken": {"logout token"}}
