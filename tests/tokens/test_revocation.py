"""O21: clients give back what they were given, and nobody else's; what came of the same sign-in goes with it."""

import hmac
from hashlib import sha256
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from audit.models import Event, Result
from tests import cast
from tests.tokens.asking import (
    authorize,
    by_password,
    by_secret,
    call_api,
    code_in,
    make_shop,
    post_form,
    redeem,
    signed_in,
    userinfo,
)
from tokens.models import Application, Grant
from tokens.services.consents import remember


@pytest.fixture
def shop() -> Application:
    return make_shop(allowed_origins="https://shop.example.com")


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


def tokens_for(browser: Client, **asked: str) -> dict[str, Any]:
    return dict(redeem(code_in(authorize(browser, **asked))).json())


@pytest.fixture
def held(browser: Client) -> dict[str, Any]:
    return tokens_for(browser)


def revoke(token: str, **more: object) -> Any:
    return post_form("revoke", token=token, **more)


def is_live(held: dict[str, Any]) -> bool:
    return bool(userinfo(held["access_token"]).status_code == 200)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "sealing_wax", ""])
def test_o21_it_ends_the_whole_grant(held: dict[str, Any], kind: str, hint: str) -> None:
    answer = revoke(held[kind], token_type_hint=hint)

    assert (answer.status_code, answer.content, answer.headers["Cache-Control"]) == (200, b"", "no-store")
    assert not is_live(held)
    again = post_form("token", grant_type="refresh_token", refresh_token=held["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


def test_it_records_it(held: dict[str, Any], shop: Application) -> None:
    revoke(held["refresh_token"])

    event = Event.objects.get(action="grant:end")
    assert (event.subject, event.metadata["because"]) == ("shop", "given back by the application")


def test_it_leaves_the_browser_and_other_grants_alone(browser: Client, held: dict[str, Any]) -> None:
    other = tokens_for(browser)

    revoke(held["refresh_token"])

    assert is_live(other)
    assert browser.get("/").status_code == 200


def test_it_ends_a_devices_session(browser: Client) -> None:
    held = tokens_for(browser, scope="openid offline_access")

    revoke(held["refresh_token"])

    assert Session.objects.get(kind=SessionKind.DEVICE).revoked_because == "given back by the application"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_o21_another_client_is_refused(held: dict[str, Any], robo: Application, kind: str) -> None:
    answer = revoke(held[kind], client_id="robo", client_secret=cast.ROBO_SECRET)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert is_live(held)
    assert Event.objects.filter(action="grant:end", subject="robo", result=Result.FAILED).exists()


@pytest.mark.parametrize(
    "who", [{"client_id": "shop"}, {"client_id": "shop", "client_secret": "x"}, {"client_id": "nobody"}]
)
def test_it_refuses_who_does_not_prove_itself(held: dict[str, Any], who: dict[str, str]) -> None:
    answer = revoke(held["refresh_token"], **who)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert is_live(held)


def test_a_public_client_revokes_its_own_by_its_name(bob: User) -> None:
    held = by_password(bob)

    assert revoke(held["refreshToken"], client_id="cli").status_code == 200

    assert call_api(held["accessToken"]).status_code == 401


def test_an_applications_own_token_can_not_be_revoked(robo: Application) -> None:
    token = by_secret(robo)["accessToken"]

    answer = revoke(token, client_id="robo", client_secret=cast.ROBO_SECRET)

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_token_type")


def test_what_is_unknown_or_over_is_no_error(held: dict[str, Any]) -> None:
    grant = Grant.objects.get()

    answers = [revoke("x"), revoke("a.b.c"), revoke(f"{grant.pk.hex}.made-up"), revoke(held["id_token"])]

    assert [answer.status_code for answer in answers] == [200] * 4
    assert is_live(held)


def test_it_is_done_once(held: dict[str, Any]) -> None:
    answers = [revoke(held["access_token"]), revoke(held["access_token"]), revoke(held["refresh_token"])]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert Event.objects.filter(action="grant:end").count() == 1


def test_it_asks_for_a_token(shop: Application) -> None:
    assert post_form("revoke").json()["error"] == "invalid_request"


def test_a_page_of_a_registered_origin_may_do_it(held: dict[str, Any]) -> None:
    path = "/auth/realms/runai/protocol/openid-connect/revoke"
    origin = "https://shop.example.com"

    assert Client().options(path, headers={"Origin": origin}).headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Origin" not in Client().options(path, headers={"Origin": "https://evil.example"})


@pytest.mark.parametrize("who", ["shop", "nobody"])
def test_o25_secrets_are_compared_in_constant_time_whoever_it_is(
    held: dict[str, Any], monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    spy = Mock(wraps=hmac.compare_digest)
    monkeypatch.setattr(hmac, "compare_digest", spy)

    for endpoint in ("token", "revoke", "token/introspect"):
        post_form(endpoint, token="x", grant_type="client_credentials", client_id=who, client_secret="wrong")

    hashed = sha256(b"wrong").hexdigest()
    assert [call.args[1] for call in spy.call_args_list] == [hashed] * 6  # with the secret before, too
