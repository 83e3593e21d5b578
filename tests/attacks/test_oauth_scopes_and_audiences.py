"""O08, O11, O19, O22 and O23: no token says more, or is good in more places, than was asked, allowed and approved."""

from typing import Any

import jwt as pyjwt
import pytest
from django.test import Client

from accounts.models import Group, User
from clustersync.models import Cluster
from common.actors import SYSTEM
from common.errors import Invalid
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
from tokens.models import Application
from tokens.services.applications import register_client
from tokens.services.consents import remember


@pytest.fixture
def shop(keys: None, bob: User) -> Application:
    shop = make_shop()
    remember(user=bob, application=shop, scopes=shop.scopes)
    return shop


def inside(token: str) -> dict[str, Any]:
    return dict(pyjwt.decode(token, options={"verify_signature": False}))


def tokens_of(user: User, **asked: str) -> dict[str, Any]:
    return dict(redeem(code_in(authorize(signed_in(user), **asked))).json())


def test_o08_a_code_gives_what_was_asked(bob: User, researchers: Group, shop: Application) -> None:
    given = tokens_of(bob, scope="openid groups")

    claims = inside(given["access_token"])
    assert (given["scope"], claims["scope"], claims["groups"]) == ("openid groups",) * 2 + (["researchers"],)
    assert not {"email", "name", "preferred_username"} & {*claims, *inside(given["id_token"])}


def test_o08_an_empty_scope_is_empty(bob: User, researchers: Group, shop: Application) -> None:
    given = tokens_of(bob, scope="")

    assert (given["scope"], "id_token" in given) == ("", False)
    assert not {"email", "name", "groups"} & set(inside(given["access_token"]))
    assert userinfo(given["access_token"]).status_code == 403


@pytest.mark.parametrize("scope", ["openid groups", "profile", "openid offline_access"])
def test_o08_no_client_asks_beyond_its_own(bob: User, shop: Application, scope: str) -> None:
    Application.objects.filter(pk=shop.pk).update(scopes=["openid", "email"])

    answer = authorize(signed_in(bob), scope=scope)

    assert code_in(answer) == "" and "error=invalid_scope" in answer.headers["Location"]
    assert post_form("auth/device", scope=scope).json()["error"] == "invalid_scope"


@pytest.mark.parametrize("scope", ["openid admin", "openid system:masters", "openid OPENID", "openid Groups"])
def test_o08_what_is_unknown_gives_nothing(bob: User, researchers: Group, shop: Application, scope: str) -> None:
    given = tokens_of(bob, scope=scope)

    assert (given["scope"], inside(given["access_token"])["scope"]) == ("openid", "openid")
    assert "groups" not in inside(given["access_token"])


def test_o08_a_refresh_gives_no_more_and_may_give_less(bob: User, researchers: Group, shop: Application) -> None:
    token = tokens_of(bob, scope="openid groups")["refresh_token"]

    more = post_form("token", grant_type="refresh_token", refresh_token=token, scope="openid groups email")
    less = post_form("token", grant_type="refresh_token", refresh_token=token, scope="openid").json()
    again = post_form("token", grant_type="refresh_token", refresh_token=less["refresh_token"]).json()

    assert more.json()["error"] == "invalid_scope"
    assert (less["scope"], "groups" in inside(less["access_token"])) == ("openid", False)
    assert again["scope"] == "openid groups"


@pytest.mark.parametrize(
    "grant",
    [
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:openid:params:grant-type:ciba",
        "implicit",
        "password",
    ],
)
def test_o11_no_other_grant_is_there(shop: Application, grant: str) -> None:
    answer = post_form("token", grant_type=grant, subject_token="x", username="bob@example.com", password="x")

    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


def test_o19_no_client_id_reads_like_a_user(bob: User) -> None:
    with pytest.raises(Invalid, match="can't be an application's name"):
        register_client(actor=SYSTEM, name="f" + str(bob.pk)[1:], registration={})


def test_o22_a_web_apps_token_is_no_good_at_the_administration_api(ada: User, shop: Application) -> None:
    remember(user=ada, application=shop, scopes=shop.scopes)

    token = tokens_of(ada)["access_token"]

    assert inside(token)["aud"] == "shop"
    assert call_api(token).status_code == 401


@pytest.mark.parametrize(
    "audience", ["runai", "urn:runai:api", "runai-prod-c0000000", "other", "https://elsewhere.example.com"]
)
def test_o22_a_web_app_asks_for_no_audience_it_was_not_given(
    bob: User, researchers: Group, prod: Cluster, shop: Application, audience: str
) -> None:
    answer = authorize(signed_in(bob), resource=audience)
    later = post_form(
        "token", grant_type="refresh_token", refresh_token=tokens_of(bob)["refresh_token"], resource=audience
    )

    assert "error=invalid_target" in answer.headers["Location"]
    assert later.json()["error"] == "invalid_target"


def test_o22_an_audience_is_asked_for_and_consented_to(
    bob: User, researchers: Group, prod: Cluster, shop: Application
) -> None:
    Application.objects.filter(pk=shop.pk).update(audiences=[prod.audience])

    asked = authorize(signed_in(bob), resource=prod.audience)
    remember(user=bob, application=shop, scopes=shop.scopes, audience=prod.audience)
    token = tokens_of(bob, resource=prod.audience)["access_token"]

    assert (asked.status_code, prod.audience in asked.content.decode()) == (200, True)
    assert (inside(token)["aud"], call_api(token).status_code) == (prod.audience, 401)
    assert userinfo(token).status_code == 401


def test_o22_no_refresh_and_no_code_gives_an_audience_that_nobody_agreed_to(
    bob: User, researchers: Group, prod: Cluster, shop: Application
) -> None:
    Application.objects.filter(pk=shop.pk).update(audiences=[prod.audience])
    code = code_in(authorize(signed_in(bob)))

    by_code = redeem(code, resource=prod.audience)
    token = redeem(code).json()["refresh_token"]
    by_refresh = post_form("token", grant_type="refresh_token", refresh_token=token, resource=prod.audience)

    assert [answer.json()["error"] for answer in (by_code, by_refresh)] == ["invalid_target"] * 2


def test_o08_a_scope_that_was_taken_from_the_client_is_given_no_more(bob: User, shop: Application) -> None:
    token = tokens_of(bob, scope="openid email")["refresh_token"]
    Application.objects.filter(pk=shop.pk).update(scopes=["openid"])

    later = post_form("token", grant_type="refresh_token", refresh_token=token).json()

    assert (later["scope"], "email" in inside(later["access_token"])) == ("openid", False)


def test_o23_no_other_origin_may_read_the_authorization_endpoint(bob: User, shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).update(allowed_origins="https://shop.example.com")

    answer = signed_in(bob).get(f"{PROTOCOL}/auth", headers={"Origin": "https://shop.example.com"})

    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://shop.example.com", True),
        ("https://evil.test", False),
        ("null", False),
        ("https://shop.example.co", False),
        ("https://shop.example.com.evil.test", False),
    ],
)
def test_o23_the_token_endpoint_answers_registered_origins(shop: Application, origin: str, allowed: bool) -> None:
    make_shop(name="spa", grant_types=["client_credentials"], allowed_origins="https://shop.example.com")
    body = f"grant_type=client_credentials&client_id=spa&client_secret={SHOP_SECRET}"
    form = "application/x-www-form-urlencoded"

    first = Client().options(f"{PROTOCOL}/token", headers={"Origin": origin})
    answer = Client().post(f"{PROTOCOL}/token", body, content_type=form, headers={"Origin": origin})

    assert (first.status_code, answer.status_code) == (204, 200)
    assert (first.headers.get("Access-Control-Allow-Origin") == origin) is allowed
    assert (answer.headers.get("Access-Control-Allow-Origin") == origin) is allowed
