"""Registrations by hand: what is chosen, what stands on the page, and what is refused with all that was typed."""

import re
from typing import Any

import pytest
from django.forms import BaseForm
from django.test import Client

from accounts.models import User
from tests import cast
from tests.admin.test_applications import APPLICATIONS, act, secret_in
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.tokens.asking import SHOP_REDIRECT, make_shop
from tests.tokens.registering import DEVICE, ec_jwk, public
from tokens.models import Application


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def shop(db: None) -> Application:
    return make_shop(client_type="confidential")


def page_of(admin: Client, application: Application) -> str:
    return admin.get(f"{APPLICATIONS}{application.pk}/change/").content.decode()


def change(admin: Client, application: Application, **typed: object) -> Any:
    """The form as a browser sends it back, with these fields typed anew."""
    form: BaseForm = admin.get(f"{APPLICATIONS}{application.pk}/change/").context["adminform"].form
    body = {name: form[name].value() for name in form.fields} | typed
    sent = {name: value for name, value in body.items() if value not in (None, False)}
    return admin.post(f"{APPLICATIONS}{application.pk}/change/", {**sent, "_save": "Save"})


@pytest.mark.parametrize(
    ("kind", "typed", "grants", "public"),
    [
        ("robot", "", ["client_credentials"], False),
        ("web", SHOP_REDIRECT, ["authorization_code", "refresh_token"], False),
        ("native", "", ["authorization_code", "refresh_token"], True),
        ("device", "", ["refresh_token", DEVICE], True),
    ],
)
def test_it_registers_each_kind(admin: Client, kind: str, typed: str, grants: list[str], public: bool) -> None:
    sent = {"name": "thing", "kind": kind, "redirect_uris": typed, "_save": "Save"}
    answer = admin.post(f"{APPLICATIONS}add/", sent)

    made = Application.objects.get(name="thing")
    assert (made.grant_types, made.is_public, made.is_native) == (grants, public, public)
    assert bool(made.secret_hash) is ("revealed" in answer.content.decode()) is not public


def test_pages_without_a_server_may_ask_from_where_they_are(admin: Client) -> None:
    admin.post(f"{APPLICATIONS}add/", {"name": "thing", "kind": "pages", "redirect_uris": SHOP_REDIRECT})

    made = Application.objects.get(name="thing")
    assert (made.is_public, made.is_native, made.secret_hash) == (True, False, "")
    assert (made.redirect_uris, made.allowed_origins) == (SHOP_REDIRECT, "https://shop.example.com")


def test_a_native_application_may_listen_on_any_port_of_the_loopback(admin: Client) -> None:
    admin.post(f"{APPLICATIONS}add/", {"name": "thing", "kind": "native"})

    assert Application.objects.get(name="thing").redirect_uri_allowed("http://127.0.0.1:49152/")


def test_it_keeps_what_was_typed_when_a_web_application_lacks_its_address(admin: Client) -> None:
    page = admin.post(f"{APPLICATIONS}add/", {"name": "thing", "kind": "web"}).content.decode()

    assert "redirect_uris: authorization_code needs at least one." in page
    assert re.search(r'name="kind" value="web"[^>]*checked', page)
    assert 'value="thing"' in page


def test_it_shows_what_to_copy_and_no_secret(admin: Client, shop: Application) -> None:
    page = page_of(admin, shop)

    for text in ("/auth/realms/runai</code>", "/.well-known/openid-configuration</code>", ">shop</code>"):
        assert text in page
    assert shop.secret_hash not in page


def test_it_changes_a_registration(admin: Client, shop: Application) -> None:
    answer = change(
        admin,
        shop,
        display_name="Shop",
        grant_types=["authorization_code"],
        scopes=["openid", "email"],
        redirect_uris=f"{SHOP_REDIRECT}\r\nhttps://shop.example.com/other",
        access_token_seconds=60,
    )

    shop.refresh_from_db()
    assert answer.status_code == 302
    assert (shop.title, shop.grant_types, shop.scopes) == ("Shop", ["authorization_code"], ["openid", "email"])
    assert shop.redirect_uris == f"{SHOP_REDIRECT} https://shop.example.com/other"
    assert (shop.access_token_seconds, bool(shop.secret_hash)) == (60, True)


def test_it_records_only_what_was_changed(admin: Client, shop: Application) -> None:
    before = vars(Application.objects.get(pk=shop.pk))

    change(admin, shop, algorithm="ES256")

    after = vars(Application.objects.get(pk=shop.pk))
    assert {name for name in after if after[name] != before[name]} - {"_state"} == {"algorithm", "updated_at"}


def test_it_shows_a_refusal_at_the_field_with_everything_typed(admin: Client, shop: Application) -> None:
    typed = {"allowed_origins": "https://shop.example.com/", "display_name": "Typed", "grant_types": ["refresh_token"]}

    page = change(admin, shop, **typed).content.decode()

    assert "allowed_origins: https://shop.example.com/ is no origin" in page
    assert 'value="Typed"' in page
    assert re.search(r'value="refresh_token"[^>]*checked', page)
    assert not re.search(r'value="authorization_code"[^>]*checked', page)
    shop.refresh_from_db()
    assert (shop.display_name, len(shop.grant_types)) == ("", 3)


def test_a_client_with_a_key_of_its_own_has_no_secret(admin: Client, shop: Application) -> None:
    keys = {"keys": [public(ec_jwk(), kid="k1")]}
    answer = change(admin, shop, token_endpoint_auth_method="private_key_jwt", jwks=str(keys).replace("'", '"'))

    shop.refresh_from_db()
    assert (answer.status_code, shop.jwks, shop.secret_hash) == (302, keys, "")
    page = page_of(admin, shop)
    assert "it signs with a key of its own" in page
    assert "New secret</button>" not in page
    assert "registered without a secret" in act(admin, "make_a_new_secret", shop, confirmed="New secret")


def test_it_says_when_a_secret_is_still_to_be_made(admin: Client, shop: Application) -> None:
    change(admin, shop, token_endpoint_auth_method="none", grant_types=[DEVICE])
    change(admin, shop, token_endpoint_auth_method="client_secret_basic")

    assert "It has none yet" in page_of(admin, shop)
    assert secret_in(act(admin, "make_a_new_secret", shop, confirmed="New secret"))


def test_of_what_comes_with_the_server_only_addresses_change(admin: Client) -> None:
    plant_keys()
    cli = Application.objects.get(client_id="runai-cli")

    page = page_of(admin, cli)
    answer = change(admin, cli, redirect_uris="http://127.0.0.1/other", first_party="", grant_types=[DEVICE])

    cli.refresh_from_db()
    assert "It comes with the server" in page
    assert 'class="deletelink"' not in page
    assert (answer.status_code, cli.redirect_uris) == (302, "http://127.0.0.1/other")
    assert (cli.first_party, len(cli.grant_types), cli.display_name) == (True, 3, "Command line")


def test_who_may_only_read_changes_nothing(
    alice: User, shop: Application, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    cast.rule("user", alice.email, "Department administrator", tree.tenant)
    browser = browser_as(alice)

    page = browser.get(f"{APPLICATIONS}{shop.pk}/change/").content.decode()

    assert "Copy into the application" in page
    assert 'name="redirect_uris"' not in page
    assert browser.post(f"{APPLICATIONS}{shop.pk}/change/", {"display_name": "Mine"}).status_code == 403
