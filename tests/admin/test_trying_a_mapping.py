"""What a mapping would make of an assertion that an administrator pastes, of which nothing is kept."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from sso.models import Attempt, Identity, IdentityProvider
from tests.conftest import BrowserAs
from tests.sso.bindings import Asked
from tests.sso.idp import IdP
from tests.sso.signing_in import connect


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def idp() -> IdP:
    return IdP()


@pytest.fixture
def acme(tree: object, idp: IdP) -> IdentityProvider:
    return connect(idp, alias="acme", enabled=False)


def paste(browser: Client, provider: IdentityProvider, pasted: str) -> Any:
    return browser.post(f"/admin/sso/identityprovider/{provider.pk}/mapping/", {"pasted": pasted})


def response_for(idp: IdP, provider: IdentityProvider, **attributes: list[str]) -> str:
    asked = Asked("", provider.entity_id, provider.redirect_uri)
    return idp.response(asked, name_id="j", attributes=attributes).decode()


def test_it_shows_what_is_made_of_an_assertion(admin: Client, acme: IdentityProvider, idp: IdP) -> None:
    pasted = response_for(idp, acme, email=["j@acme.com"], GROUPS=["a", "b"], UID=["many"])

    page = paste(admin, acme, pasted).content.decode()

    assert "<td>j@acme.com</td>" in page
    assert "<td>a, b</td>" in page
    assert "is not a whole number; left out" in page


def test_it_shows_what_is_made_of_claims(admin: Client, acme: IdentityProvider) -> None:
    IdentityProvider.objects.update(type="oidc")

    page = paste(admin, acme, json.dumps({"email": "j@acme.com", "GROUPS": {"1": "a"}})).content.decode()

    assert "<td>j@acme.com</td>" in page
    assert "<td>a</td>" in page


def test_it_says_that_nothing_is_checked_nor_kept(
    admin: Client, acme: IdentityProvider, idp: IdP, caplog: pytest.LogCaptureFixture
) -> None:
    before = Event.objects.count()

    answer = paste(admin, acme, response_for(idp, acme, email=["j@acme.com"]))

    assert "No signature is checked, nothing is stored" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert not User.objects.filter(email="j@acme.com").exists()
    assert (Identity.objects.count(), Attempt.objects.count(), Event.objects.count()) == (0, 0, before)
    assert "j@acme.com" not in caplog.text


@pytest.mark.parametrize(
    ("type_", "pasted"),
    [
        ("saml", "<x/>"),
        ("saml", "{}"),
        ("saml", "not xml"),
        ("saml", "<!DOCTYPE x><x/>"),
        ("oidc", "[]"),
        ("oidc", "<x/>"),
        ("oidc", "{}"),
        ("oidc", "[" * 50_000),
    ],
)
def test_it_says_why_a_paste_can_not_be_read(admin: Client, acme: IdentityProvider, type_: str, pasted: str) -> None:
    IdentityProvider.objects.update(type=type_)

    answer = paste(admin, acme, pasted)

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()


def test_it_is_pasted_on_our_own_page_alone(ada: User, acme: IdentityProvider, admin: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = admin.cookies

    assert paste(strict, acme, "{}").status_code == 403
