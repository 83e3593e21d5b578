import pytest
from django.test import Client

from access.models import Scope
from accounts.models import User
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.tokens.asking import authorize, code_in, make_shop, redeem, signed_in, userinfo
from tokens.models import Application, Consent
from tokens.services.consents import remember

CONSENTS = "/admin/tokens/consent/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def shop() -> Application:
    plant_keys()
    return make_shop(display_name="The Shop")


@pytest.fixture
def consent(alice: User, shop: Application) -> Consent:
    return remember(user=alice, application=shop, scopes=["openid", "email"])


def test_it_lists_who_let_in_whom(admin: Client, consent: Consent) -> None:
    page = admin.get(CONSENTS).content.decode()

    assert "alice@example.com" in page
    assert "email openid" in page


def test_it_withdraws_after_asking(admin: Client, alice: User, consent: Consent) -> None:
    held = redeem(code_in(authorize(signed_in(alice), scope="openid email"))).json()
    chosen = {"action": "withdraw", "_selected_action": [str(consent.pk)]}

    asked = admin.post(CONSENTS, chosen)
    assert "has to ask again" in asked.content.decode()
    assert Consent.objects.exists()
    admin.post(CONSENTS, {**chosen, "confirmed": "Withdraw consents"})

    assert userinfo(held["access_token"]).status_code == 401
    assert Event.objects.filter(action="consent:withdraw", subject="ada@example.com").count() == 1


def test_it_offers_that_on_the_page_of_one(admin: Client, consent: Consent) -> None:
    page = admin.get(f"{CONSENTS}{consent.pk}/change/").content.decode()

    assert "Withdraw" in page
    assert "Know that it is you; See your e-mail address" in page


def test_it_follows_one_into_the_audit_log(admin: Client, consent: Consent) -> None:
    page = admin.get(f"{CONSENTS}{consent.pk}/history/", follow=True)

    assert "consent:give" in page.content.decode()


def test_it_narrows_by_application(admin: Client, bob: User, consent: Consent) -> None:
    other = make_shop(name="other")
    remember(user=bob, application=other, scopes=["openid"])

    page = admin.get(f"{CONSENTS}?client_id={other.client_id}").content.decode()

    assert "bob@example.com" in page
    assert "alice@example.com" not in page


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_it_neither_makes_nor_deletes_one(admin: Client, consent: Consent, page: str) -> None:
    assert admin.post(CONSENTS + page.format(consent.pk), {"post": "yes"}).status_code == 403
    assert Consent.objects.exists()


def test_it_changes_nothing_of_one(admin: Client, consent: Consent) -> None:
    admin.post(f"{CONSENTS}{consent.pk}/change/", {"scopes": '["openid", "groups"]', "user": str(consent.user_id)})

    assert Consent.objects.get().scopes == ["email", "openid"]


def test_it_is_closed_to_who_may_nothing(charlie: User, consent: Consent, browser_as: BrowserAs) -> None:
    assert browser_as(charlie).get(CONSENTS, follow=True).status_code == 403


def test_who_only_reads_users_withdraws_nothing(vera: User, consent: Consent, browser_as: BrowserAs) -> None:
    chosen = {"action": "withdraw", "_selected_action": [str(consent.pk)], "confirmed": "yes"}

    browser_as(vera).post(CONSENTS, chosen)

    assert Consent.objects.exists()


def test_it_shows_nothing_of_who_is_unseen(vera: User, charlie: User, consent: Consent, browser_as: BrowserAs) -> None:
    remember(user=charlie, application=make_shop(name="casino"), scopes=["openid"])

    page = browser_as(vera).get(CONSENTS).content.decode()

    assert "alice@example.com" in page
    assert "charlie@example.com" not in page
    assert "casino" not in page


@pytest.mark.parametrize("question", ["user__password__startswith=a", "application__secret_hash__startswith=a"])
def test_it_answers_no_question_about_a_secret(admin: Client, consent: Consent, question: str) -> None:
    assert admin.get(f"{CONSENTS}?{question}").status_code == 400


def test_sessions_say_by_which_application_they_are(admin: Client, alice: User, consent: Consent) -> None:
    remember(user=alice, application=consent.application, scopes=["offline_access"])
    redeem(code_in(authorize(signed_in(alice), scope="openid offline_access")))

    device = admin.get("/admin/accounts/session/?kind__exact=device")

    assert "The Shop" in device.content.decode()
    session = alice.sessions.get(kind="device")
    page = admin.get(f"/admin/accounts/session/{session.pk}/change/").content.decode()
    assert "shop: openid offline_access, for itself, last used" in page


def test_nobody_ends_the_consent_of_somebody_stronger(admin: Client, shop: Application) -> None:
    owner = cast.person("owner")
    cast.rule("user", owner.email, "System administrator", Scope.objects.get(pk="0"))
    owners = remember(user=owner, application=shop, scopes=["openid"])

    answer = admin.post(CONSENTS, {"action": "withdraw", "_selected_action": [str(owners.pk)], "confirmed": "yes"})

    assert "Not done for" in admin.get(answer["Location"]).content.decode()
    assert Consent.objects.exists()
