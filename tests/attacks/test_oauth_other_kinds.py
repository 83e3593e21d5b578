"""J06: no kind of token, code or proof passes for another one, wherever it is shown."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Group, User
from clustersync.models import Cluster
from common.actors import SYSTEM
from tests import cast
from tests.protocol.oidc_core.assertions import TYPE, assertion, make_signer
from tests.tokens.asking import (
    PROTOCOL,
    SHOP_SECRET,
    authorize,
    call_api,
    code_in,
    make_shop,
    post_form,
    redeem,
    signed_in,
    userinfo,
)
from tokens import jwt
from tokens.models import Grant
from tokens.services.consents import remember
from tokens.services.registration import create_registration_token

World = dict[str, Any]


@pytest.fixture
def world(bob: User, researchers: Group, prod: Cluster, keys: None) -> World:
    shop = make_shop(audiences=[prod.audience])
    make_signer()
    remember(user=bob, application=shop, scopes=shop.scopes, audience=prod.audience)
    browser = signed_in(bob)
    given = redeem(code_in(authorize(browser))).json()
    for_cluster = redeem(code_in(authorize(browser, resource=prod.audience))).json()
    return {**given, "for_cluster": for_cluster["access_token"], "browser": browser, "prod": prod, "shop": shop}


def logout_token(world: World, **claims: object) -> str:
    """Whatever an access token says, signed as a logout token."""
    said = {**jwt.read_for_anybody(world["access_token"]), **claims}
    return jwt.sign(jwt.LogoutToken, said, audience=str(said["aud"]), lifetime=timedelta(minutes=2))


def registration_token(world: World) -> str:
    return create_registration_token(actor=SYSTEM, note="for tests", uses=1, lifetime=timedelta(hours=1))[1]


KINDS: dict[str, Callable[[World], str]] = {
    "ID token": lambda w: str(w["id_token"]),
    "logout token": logout_token,
    "logout token for the control plane": lambda w: logout_token(w, aud="urn:runai:api"),
    "refresh token": lambda w: str(w["refresh_token"]),
    "code": lambda w: code_in(authorize(w["browser"])),
    "device code": lambda w: str(post_form("auth/device", scope="openid").json()["device_code"]),
    "user code": lambda w: str(post_form("auth/device", scope="openid").json()["user_code"]),
    "client assertion": lambda w: assertion(),
    "registration token": registration_token,
    "client secret": lambda w: SHOP_SECRET,
    "session id": lambda w: str(Grant.objects.all()[0].session_id),
    "browser cookie": lambda w: str(w["browser"].cookies["session"].value),
}


def review(world: World, token: str) -> bool:
    path = f"/api/v1/clusters/{world['prod'].pk}/tokenreview"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
    headers = {"Authorization": f"Bearer {cast.PROD_WEBHOOK_TOKEN}"}
    answer = Client().post(path, body, content_type="application/json", headers=headers)
    return bool(answer.json()["status"]["authenticated"])


def by_grant(grant_type: str, parameter: str) -> Callable[[World, str], bool]:
    def used(world: World, token: str) -> bool:
        more = {"redirect_uri": "https://shop.example.com/callback", "code_verifier": "v" * 50}
        return bool(post_form("token", grant_type=grant_type, **{parameter: token}, **more).status_code == 200)

    return used


def as_assertion(world: World, token: str) -> bool:
    shown = {"client_assertion_type": TYPE, "client_assertion": token, "client_id": "signer"}
    return bool(post_form("token", grant_type="client_credentials", **shown).status_code == 200)


def as_hint(world: World, token: str) -> bool:
    answer = authorize(world["browser"], id_token_hint=token, prompt="none")
    return bool(code_in(answer))


def to_register(world: World, token: str) -> bool:
    client = {"redirect_uris": ["https://new.example.com/callback"]}
    answer = Client().post(
        f"{PROTOCOL}/registrations", client, "application/json", headers={"Authorization": f"Bearer {token}"}
    )
    return answer.status_code == 201


# Name: how it is shown there, and the kind that is right there.
PLACES: dict[str, tuple[Callable[[World, str], bool], str]] = {
    "administration API": (lambda w, t: call_api(t).status_code == 200, ""),
    "userinfo": (lambda w, t: bool(userinfo(t).status_code == 200), ""),
    "introspection": (lambda w, t: bool(post_form("token/introspect", token=t).json()["active"]), "refresh token"),
    "token review": (review, ""),
    "refresh": (by_grant("refresh_token", "refresh_token"), "refresh token"),
    "code redemption": (by_grant("authorization_code", "code"), ""),
    "device poll": (by_grant("urn:ietf:params:oauth:grant-type:device_code", "device_code"), ""),
    "client authentication": (as_assertion, "client assertion"),
    "id_token_hint": (as_hint, "ID token"),
    "registration": (to_register, "registration token"),
}


NEVER_BY_ACCESS_TOKEN = [
    "refresh",
    "code redemption",
    "device poll",
    "client authentication",
    "id_token_hint",
    "registration",
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", KINDS)
def test_j06_each_kind_is_good_in_its_own_place_only(world: World, kind: str, place: str) -> None:
    shown, right = PLACES[place]

    assert shown(world, KINDS[kind](world)) == (kind == right)


@pytest.mark.parametrize(
    "place", ["refresh", "code redemption", "device poll", "client authentication", "id_token_hint"]
)
@pytest.mark.parametrize("token", ["access_token", "for_cluster"])
def test_j06_an_access_token_is_nothing_else(world: World, token: str, place: str) -> None:
    shown, _ = PLACES[place]

    assert not shown(world, world[token])


@pytest.mark.parametrize(
    ("place", "token"),
    [("userinfo", "access_token"), ("introspection", "access_token"), ("token review", "for_cluster")],
)
def test_j06_but_it_is_an_access_token(world: World, place: str, token: str) -> None:
    shown, _ = PLACES[place]

    assert shown(world, world[token])


def test_j06_being_shown_at_the_wrong_place_uses_nothing_up(world: World) -> None:
    userinfo(world["refresh_token"])
    call_api(world["refresh_token"])

    assert PLACES["refresh"][0](world, world["refresh_token"])
