"""What tokens say of how somebody signed in is so."""

from datetime import timedelta

import jwt as pyjwt
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.keys import plant_keys
from tests.tokens.asking import authorize, code_in, make_shop, post_form, redeem, signed_in
from tokens.services.consents import remember


@pytest.fixture(autouse=True)
def shop(charlie: User) -> None:
    plant_keys()
    remember(user=charlie, application=make_shop(), scopes=["openid", "email", "groups"])


def said(token: str) -> tuple[list[str], str | None]:
    claims = pyjwt.decode(token, options={"verify_signature": False})
    return claims["amr"], claims.get("acr")


def id_token(browser: Client, **asked: str) -> str:
    return str(redeem(code_in(authorize(browser, **asked))).json()["id_token"])


def test_a_password_is_one_factor(charlie: User) -> None:
    assert said(id_token(signed_in(charlie))) == (["pwd"], "1")


def test_an_app_after_it_makes_two(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))

    assert said(id_token(browser)) == (["pwd", "otp", "mfa"], "2")
    assert said(id_token(browser, acr_values="2 1")) == (["pwd", "otp", "mfa"], "2")


@pytest.mark.parametrize("wanted", ["2", "phr", "2 1", "x" * 200])
def test_who_has_one_factor_is_said_to_have_one_whatever_is_asked(charlie: User, wanted: str) -> None:
    """It is a voluntary claim (OpenID Connect Core §3.1.2.1)."""
    assert said(id_token(signed_in(charlie), acr_values=wanted)) == (["pwd"], "1")


def test_it_is_the_same_after_a_refresh(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))
    given = redeem(code_in(authorize(browser))).json()

    again = post_form("token", grant_type="refresh_token", refresh_token=given["refresh_token"]).json()

    assert said(again["access_token"])[0] == ["pwd", "otp", "mfa"]
    introspected = post_form("token/introspect", token=again["access_token"]).json()
    assert introspected["amr"] == ["pwd", "otp", "mfa"]


def test_a_device_has_it_of_the_browser_that_let_it_in(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))
    waiting = post_form("auth/device", scope="openid").json()
    page = browser.post("/device", {"user_code": waiting["user_code"]})
    browser.post("/device", {"request_token": page.context["request_token"], "decision": "allow"})
    grant = "urn:ietf:params:oauth:grant-type:device_code"

    given = post_form("token", grant_type=grant, device_code=waiting["device_code"]).json()

    assert said(given["id_token"]) == (["pwd", "otp", "mfa"], "2")


def test_max_age_asks_for_the_second_factor_too(charlie: User) -> None:
    secret, codes = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))
    long_ago = timezone.now() - timedelta(hours=1)
    Session.objects.update(authenticated_at=long_ago, strong_at=long_ago)

    sent = authorize(browser, max_age="60")["Location"]
    page = browser.get(sent)
    shown = {"email": charlie.email, "password": "Correct-Horse-1", "again": "1", "next": page.context["next"]}
    assert browser.post("/login", shown)["Location"].startswith("/login/second")
    assert authorize(browser, max_age="60")["Location"].startswith("/login")

    second_step(browser, codes[0], again="1", next=page.context["next"])
    assert "code=" in browser.get(page.context["next"])["Location"]


def test_it_is_announced(client: Client, db: None) -> None:
    document = client.get("/auth/realms/runai/.well-known/openid-configuration").json()

    assert document["acr_values_supported"] == ["1", "2"] and "acr" in document["claims_supported"]
