"""The sign-in page with its ways, what is asked of a provider, and where people end up."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import GeneralSettings, Session, User
from sso.models import Attempt, IdentityProvider
from tests.cast import PASSWORD
from tests.conftest import BrowserAs
from tests.sso.signing_in import Visitor, failed_checks, last_attempt, path_of
from tests.sso.statement import ago


def test_the_sign_in_page_offers_each_provider_in_use(provider: IdentityProvider, client: Client) -> None:
    IdentityProvider.objects.create(alias="off", type="saml", name="Switched off", enabled=False)

    page = client.get("/login?next=/account").content.decode()

    assert "Continue with SAML 2.0" in page
    assert f"{path_of(provider, 'login')}?next=%2Faccount" in page
    assert "Switched off" not in page


def test_the_request_is_signed_and_names_us(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask())  # refused there unless it is signed by the key in our metadata

    assert asked.issuer == "http://testserver/auth/realms/runai/broker/saml"
    assert asked.acs == "http://testserver/auth/realms/runai/broker/saml/endpoint"
    assert not asked.force_authn


def test_signing_in_again_asks_the_provider_to_ask_again(visitor: Visitor) -> None:
    assert visitor.idp.read(visitor.ask(again="1")).force_authn


def test_a_provider_that_did_not_ask_again_is_refused(visitor: Visitor) -> None:
    asked = visitor.idp.read(visitor.ask(again="1"))
    visitor.post(
        visitor.idp.answer(asked, name_id="j", attributes={"email": ["j@acme.com"]}, authenticated=ago(hours=1))
    )

    assert failed_checks(last_attempt()) == ["The user signed in again, as requested"]


def test_a_forced_sign_in_counts_by_our_clock(visitor: Visitor) -> None:
    began = timezone.now()
    asked = visitor.idp.read(visitor.ask(again="1"))

    visitor.post(
        visitor.idp.answer(asked, name_id="j", attributes={"email": ["j@acme.com"]}, authenticated=ago(seconds=30))
    )

    assert Session.objects.get().authenticated_at >= began


def test_a_provider_that_asked_nobody_does_not_make_an_old_sign_in_new(visitor: Visitor) -> None:
    visitor.sign_in(authenticated=ago(hours=3))
    visitor.sign_in(authenticated=ago(hours=3))

    (session,) = Session.objects.all()
    assert session.authenticated_at < ago(hours=2)


def test_people_are_sent_on_at_once_where_settings_say_so(provider: IdentityProvider, client: Client) -> None:
    GeneralSettings.objects.update_or_create(pk=1, defaults={"auto_redirect_alias": "saml"})

    assert client.get("/login?next=/account")["Location"] == f"{path_of(provider, 'login')}?next=%2Faccount"
    assert client.get("/login?local").status_code == 200


def test_a_local_administrator_comes_in_while_all_are_sent_on(
    provider: IdentityProvider, client: Client, ada: User
) -> None:
    GeneralSettings.objects.update_or_create(pk=1, defaults={"auto_redirect_alias": "saml"})

    assert client.post("/login?local", {"email": ada.email, "password": PASSWORD}).status_code == 302


def test_nobody_is_sent_to_a_provider_that_is_disabled(provider: IdentityProvider, client: Client) -> None:
    GeneralSettings.objects.update_or_create(pk=1, defaults={"auto_redirect_alias": "saml"})
    IdentityProvider.objects.update(enabled=False)

    assert client.get("/login").status_code == 200
    assert client.get(path_of(provider, "login")).status_code == 403


def test_an_administrator_tries_a_provider_before_it_is_enabled(
    visitor: Visitor, ada: User, browser_as: BrowserAs
) -> None:
    IdentityProvider.objects.update(enabled=False)
    visitor.browser = browser_as(ada)

    asked = visitor.idp.read(visitor.ask(test="1"))
    visitor.post(visitor.idp.answer(asked, name_id="jane-1", attributes={"email": ["jane@acme.com"]}))

    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.is_test, attempt.mapped["email"]) == ("tested", True, "jane@acme.com")
    assert [str(user) for user in User.objects.all()] == [ada.email]
    assert not Session.objects.exclude(user=ada).exists()


@pytest.mark.parametrize("who", ["alice", "nobody"])
def test_nobody_else_tries_one(provider: IdentityProvider, alice: User, browser_as: BrowserAs, who: str) -> None:
    browser = browser_as(alice) if who == "alice" else Client()

    assert browser.get(path_of(provider, "login"), {"test": "1"}).status_code == 404


def test_it_says_under_which_reference_a_refusal_is_found(visitor: Visitor) -> None:
    answer = visitor.sign_in(attributes={"mail": ["jane@acme.com"]})

    assert (answer.status_code, last_attempt().code) == (401, "no_email")
    assert last_attempt().reference in answer.content.decode()
