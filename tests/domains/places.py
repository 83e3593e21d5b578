"""Every place where a credential can be shown, and whether it is accepted there."""

import time
from collections.abc import Callable
from typing import Any

from django.test import Client

from accounts.models import Session
from clustersync.apiserver import AuthenticationForm
from clustersync.apiserver_checks import judge, settings_from
from clustersync.services.configuration import facts_of
from clustersync.services.verdicts import verdict
from common.actors import SYSTEM
from tests.clustersync import opaque
from tests.clustersync.conftest import post_review, review_body
from tests.domains.world import CLUSTERS, World
from tests.protocol.oidc_core.assertions import TYPE
from tests.tokens import asking
from tests.tokens.asking import PROTOCOL, ask
from tests.tokens.registering import register
from tokens import keyring
from tokens.models import Grant

# World, what is shown, and the client that shows it.
Place = Callable[[World, str, str], bool]
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
A_STRANGERS = "stranger"


def by_bearer(method: str, path: str) -> Place:
    """Known for somebody, whatever they may."""

    def known(world: World, shown: str, client: str) -> bool:
        headers = {"Authorization": f"Bearer {shown}"}
        there = path.format(prod=world.clusters["prod"].pk)
        return bool(
            Client().generic(method, there, "{}", "application/json", headers=headers).status_code not in (302, 401)
        )

    return known


def reviewed(cluster: str) -> Place:
    def authenticated(world: World, shown: str, client: str) -> bool:
        answer = post_review(world.clusters[cluster], world.webhooks[cluster], review_body(shown))
        return bool(answer.json()["status"]["authenticated"])

    return authenticated


def verified(cluster: str, form: AuthenticationForm) -> Place:
    """By the API server itself, told what we generate."""

    def accepted(world: World, shown: str, client: str) -> bool:
        authenticator = settings_from(facts_of(world.clusters[cluster]), form)
        return (
            judge(shown, authenticator=authenticator, keys=keyring.published()["keys"], now=time.time()).user
            is not None
        )

    return accepted


def told(cluster: str) -> Place:
    return lambda world, shown, client: (
        verdict(actor=SYSTEM, cluster=world.clusters[cluster], token=shown).user is not None
    )


def calls_review(world: World, shown: str, client: str) -> bool:
    return bool(post_review(world.clusters["prod"], shown, review_body("x")).status_code != 401)


def makes_a_cluster_token(world: World, shown: str, client: str) -> bool:
    return bool(opaque.make(opaque.showing(shown), world.clusters["prod"]).status_code == 201)


def introspected(world: World, shown: str, client: str) -> bool:
    return bool(world.post("token/introspect", client, token=shown).json().get("active"))


def revoked(world: World, shown: str, client: str) -> bool:
    world.post("revoke", client, token=shown)
    return Grant.objects.exclude(revoked_at=None).exists()


def refreshed(world: World, shown: str, client: str) -> bool:
    by_form = world.post("token", client, grant_type="refresh_token", refresh_token=shown)
    by_json = ask(grantType="refresh_token", refreshToken=shown[:500], clientID=client)
    return 200 in (by_form.status_code, by_json.status_code)


def redeemed(world: World, shown: str, client: str) -> bool:
    return bool(world.redeem(shown, client).status_code == 200)


def polled(world: World, shown: str, client: str) -> bool:
    return bool(world.post("token", client, grant_type=DEVICE, device_code=shown).status_code == 200)


def as_secret(world: World, shown: str, client: str) -> bool:
    form = {"client_id": client, "client_secret": shown, "grant_type": "client_credentials"}
    by_json = ask(grantType="client_credentials", clientID=client, clientSecret=shown[:500])
    return 200 in (asking.post_form("token", **form).status_code, by_json.status_code)


def as_assertion(world: World, shown: str, client: str) -> bool:
    form = {"client_id": client, "client_assertion_type": TYPE, "client_assertion": shown}
    return bool(asking.post_form("token", grant_type="client_credentials", **form).status_code == 200)


def hints_at_sign_in(world: World, shown: str, client: str) -> bool:
    return bool(asking.code_in(asking.authorize(world.same_browser(), id_token_hint=shown, prompt="none")))


def hints_at_sign_out(browser: Callable[[World], Client]) -> Place:
    def signed_out(world: World, shown: str, client: str) -> bool:
        browser(world).get(f"{PROTOCOL}/logout", {"id_token_hint": shown})
        return Session.objects.exclude(revoked_at=None).exists()

    return signed_out


def entered(world: World, shown: str, client: str) -> bool:
    page: Any = world.same_browser().post("/device", {"user_code": shown[:20]})
    return "request_token" in (page.context or {})


def as_cookie(world: World, shown: str, client: str) -> bool:
    browser = Client()
    browser.cookies["session"] = shown
    return bool(browser.get("/account").status_code == 200)


PLACES: dict[str, Place] = {
    "API": by_bearer("GET", "/api/v1/me"),
    "agent's RBAC": by_bearer("GET", "/api/v1/clusters/{prod}/rbac"),
    "agent's report": by_bearer("PUT", "/api/v1/clusters/{prod}/rbac/status"),
    "calling review in prod": calls_review,
    **{f"review in {name}": reviewed(name) for name in CLUSTERS},
    **{f"configuration of {name}": verified(name, AuthenticationForm.STRUCTURED) for name in CLUSTERS},
    **{f"flags of {name}": verified(name, AuthenticationForm.FLAGS) for name in CLUSTERS},
    **{f"verdict in {name}": told(name) for name in CLUSTERS},
    "own cluster token": makes_a_cluster_token,
    "userinfo": lambda w, shown, c: bool(asking.userinfo(shown).status_code == 200),
    "introspection by its client": introspected,
    "introspection by another client": lambda w, shown, c: introspected(w, shown, "nosy"),
    "revocation": revoked,
    "revocation by another client": lambda w, shown, c: revoked(w, shown, A_STRANGERS),
    "refresh": refreshed,
    "refresh by another client": lambda w, shown, c: refreshed(w, shown, A_STRANGERS),
    "code": redeemed,
    "device poll": polled,
    "client secret": as_secret,
    "client assertion": as_assertion,
    "registration": lambda w, shown, c: bool(register(shown).status_code == 201),
    "hint at sign-in": hints_at_sign_in,
    "hint at sign-out, in the browser": hints_at_sign_out(World.same_browser),
    "hint at sign-out, alone": hints_at_sign_out(lambda w: Client()),
    "user code": entered,
    "browser": as_cookie,
    "administration, as bearer": by_bearer("GET", "/admin/clustersync/cluster/"),
}

# By how DRF's views know who asks: where what they take is tried.
BY_AUTHENTICATION = {
    ("BearerAuthentication",): {"API", "own cluster token"},
    ("AgentAuthentication",): {"agent's RBAC"},
    ("OnlyAgentAuthentication",): {"agent's report"},
    ("WebhookAuthentication",): {"calling review in prod", "review in prod"},
}
# Views that know nobody by a cookie or a class, by the end of their path: what they take is tried at these places.
BY_PATH = {
    "/api/v1/token": {"refresh", "client secret"},
    "/api/v2/token": {"refresh"},
    "/v1/k8s/auth/oauth/apptoken": {"client secret"},
    "/protocol/openid-connect/token": {"refresh", "code", "device poll", "client secret", "client assertion"},
    "/protocol/openid-connect/auth": {"hint at sign-in"},
    "/protocol/openid-connect/auth/device": {"client secret", "client assertion"},
    "/protocol/openid-connect/userinfo": {"userinfo"},
    "/protocol/openid-connect/token/introspect": {"introspection by its client", "introspection by another client"},
    "/protocol/openid-connect/revoke": {"revocation", "revocation by another client"},
    "/protocol/openid-connect/registrations": {"registration"},
    "/protocol/openid-connect/logout": {"hint at sign-out, in the browser", "hint at sign-out, alone"},
}
# These take no credential of ours at all.
NOTHING = {
    "/protocol/openid-connect/certs",
    "/certs",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/auth/realms/runai",
    "/protocol/openid-connect/logout/confirm",
    "/login",
    "/logout",
    "/admin/logout/",
    "/healthz",
    "/readyz",
    "/session",
    "/session/stay",
    "/api/docs",
    "/api/docs/openapi.json",
    "/cli/runai-identity",
    "/oauth-code",
    # Those of a provider, which are other people's: tests/sso.
    "/broker/sign-out",
    "/broker/x/login",
    "/broker/x/endpoint",
    "/broker/x/endpoint/descriptor",
    "/broker/x/continue",
    "/broker/x/logout",
}
