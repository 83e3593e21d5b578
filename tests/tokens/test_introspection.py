"""O20: whoever asks proves who it is, and is told of tokens meant for it, as long as they are honoured."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from accounts.models import Group, User
from audit.models import Event
from clustersync.models import Cluster
from tests import cast
from tests.tokens.asking import (
    PROTOCOL,
    authorize,
    by_password,
    code_in,
    make_shop,
    post_form,
    redeem,
    signed_in,
)
from tokens.models import Application, Grant
from tokens.services.consents import remember

INACTIVE = {"active": False}


@pytest.fixture
def shop() -> Application:
    return make_shop(scopes=["openid", "email", "profile", "groups"])


@pytest.fixture
def browser(bob: User, researchers: Group, shop: Application, prod: Cluster) -> Client:
    remember(user=bob, application=shop, scopes=shop.scopes, audience=prod.audience)
    return signed_in(bob)


def tokens_for(browser: Client, **asked: str) -> dict[str, Any]:
    return dict(redeem(code_in(authorize(browser, **asked))).json())


@pytest.fixture
def held(browser: Client) -> dict[str, Any]:
    return tokens_for(browser, scope="openid profile groups")


def introspect(token: str, **who: object) -> dict[str, Any]:
    answer = post_form("token/introspect", token=token, **who)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def as_client(application: Application) -> dict[str, object]:
    return {"client_id": application.client_id, "client_secret": cast.ROBO_SECRET}


def test_it_describes_an_access_token(bob: User, held: dict[str, Any]) -> None:
    said = introspect(held["access_token"])

    assert (said["active"], said["token_type"], said["client_id"], said["aud"]) == (True, "Bearer", "shop", "shop")
    assert (said["sub"], said["username"], said["groups"]) == (str(bob.pk), bob.email, ["researchers"])
    assert {"exp", "iat", "nbf", "jti", "sid", "grant_id", "iss", "scope"} <= said.keys()


def test_it_describes_a_refresh_token(bob: User, held: dict[str, Any]) -> None:
    said = introspect(held["refresh_token"], token_type_hint="refresh_token")

    assert (said["active"], said["token_type"], said["client_id"]) == (True, "refresh_token", "shop")
    assert (said["sub"], said["username"], said["scope"]) == (str(bob.pk), bob.email, "openid profile groups")
    assert said["exp"] > said["iat"]


def test_it_tells_no_name_that_was_not_asked_for(browser: Client) -> None:
    held = tokens_for(browser, scope="openid")

    said = [introspect(held["access_token"]), introspect(held["refresh_token"])]

    assert all(answer["active"] for answer in said)
    assert not {"username", "email", "preferred_username", "groups"} & {name for answer in said for name in answer}


def test_it_describes_an_applications_own_token(robo: Application) -> None:
    held = post_form("token", grant_type="client_credentials", **as_client(robo)).json()

    said = introspect(held["access_token"], **as_client(robo))

    assert (said["active"], said["sub"], said["username"]) == (True, "robo", "service-account-robo")


def test_it_keeps_no_answer(held: dict[str, Any]) -> None:
    answer = post_form("token/introspect", token=held["access_token"])

    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_o20_it_tells_another_client_nothing(held: dict[str, Any], robo: Application, kind: str) -> None:
    assert introspect(held[kind], **as_client(robo)) == INACTIVE


def test_o20_an_id_token_is_none_to_ask_about(held: dict[str, Any]) -> None:
    assert introspect(held["id_token"]) == INACTIVE


@pytest.mark.parametrize("who", [{"client_secret": "wrong"}, {"client_secret": ""}, {}])
def test_o20_it_refuses_who_does_not_prove_itself(held: dict[str, Any], who: dict[str, str]) -> None:
    answer = post_form("token/introspect", token=held["access_token"], client_id="shop", **who)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_o20_it_refuses_public_clients(bob: User) -> None:
    token = by_password(bob)["accessToken"]

    answer = post_form("token/introspect", token=token, client_id="cli")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_o20_a_deactivated_users_token_is_inactive(bob: User, held: dict[str, Any]) -> None:
    User.objects.filter(pk=bob.pk).update(enabled=False)

    assert introspect(held["access_token"]) == introspect(held["refresh_token"]) == INACTIVE


def test_only_our_own_clients_are_told_of_tokens_for_the_control_plane(bob: User, robo: Application) -> None:
    token = by_password(bob)["accessToken"]
    before = introspect(token, **as_client(robo))

    Application.objects.filter(pk=robo.pk).update(first_party=True)

    assert (before, introspect(token, **as_client(robo))["active"]) == (INACTIVE, True)


def test_a_server_is_told_of_tokens_for_its_audiences(bob: User, researchers: Group, robo: Application) -> None:
    Application.objects.filter(pk=robo.pk).update(audiences=["urn:runai:api"])

    assert introspect(by_password(bob)["accessToken"], **as_client(robo))["active"]


def test_a_token_for_a_cluster_is_active_as_long_as_it_is_let_in_there(browser: Client, prod: Cluster) -> None:
    Application.objects.filter(client_id="shop").update(audiences=[prod.audience])
    held = tokens_for(browser, resource=prod.audience)
    before = [introspect(held[kind])["active"] for kind in ("access_token", "refresh_token")]

    Cluster.objects.update(enabled=False)

    assert before == [True, True]
    assert introspect(held["access_token"]) == introspect(held["refresh_token"]) == INACTIVE


def test_a_refresh_token_is_inactive_when_it_was_not_used_in_time(held: dict[str, Any]) -> None:
    Grant.objects.update(idle_ends_at=timezone.now())

    assert introspect(held["refresh_token"]) == INACTIVE


def test_a_refresh_token_is_inactive_after_it_was_used(held: dict[str, Any]) -> None:
    post_form("token", grant_type="refresh_token", refresh_token=held["refresh_token"])

    with time_machine.travel(timezone.now() + settings.REFRESH_GRACE + timedelta(seconds=1)):
        assert introspect(held["refresh_token"]) == INACTIVE
        assert Grant.objects.get(application__client_id="shop").revoked_at is None


@pytest.mark.parametrize("token", ["x", "a.b.c", "a.b", "." * 9, "00000000-0000-4000-8000-000000000000.x", "ü", " "])
def test_nonsense_is_inactive(shop: Application, token: str) -> None:
    assert introspect(token) == INACTIVE


def test_it_takes_the_token_from_a_posted_form_only(held: dict[str, Any]) -> None:
    path, token = f"{PROTOCOL}/token/introspect", held["access_token"]

    assert Client().get(path, {"token": token}).status_code == 405
    assert post_form(f"token/introspect?token={token}").json()["error"] == "invalid_request"
    file = encode_multipart(BOUNDARY, {"token": token})
    assert Client().generic("POST", path, file, MULTIPART_CONTENT).json()["error"] == "invalid_request"


def test_asking_changes_nothing(held: dict[str, Any]) -> None:
    events, grant = Event.objects.count(), Grant.objects.values().get()

    introspect(held["access_token"])
    introspect(held["refresh_token"])

    assert (Event.objects.count(), Grant.objects.values().get()) == (events, grant)
