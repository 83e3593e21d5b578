"""What a person lets an application know is remembered, asked again when it is more, and taken back whole."""

from typing import Any

import pytest
from django.test import Client

from access.models import Scope
from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from audit.models import Event
from common.errors import Forbidden, NotFound
from tests import cast
from tests.tokens.asking import authorize, code_in, make_shop, post_form, redeem, signed_in, userinfo
from tokens.models import Application, Consent, DeviceCode
from tokens.services.consents import remember, remembered, visible_consents, withdraw
from tokens.services.devices import approve, find_waiting

SCOPES = ["openid", "email", "groups"]


@pytest.fixture
def shop() -> Application:
    return make_shop()


@pytest.fixture
def consent(alice: User, shop: Application) -> Consent:
    return remember(user=alice, application=shop, scopes=SCOPES)


@pytest.fixture
def browser(alice: User, consent: Consent) -> Client:
    return signed_in(alice)


def asks(answer: Any) -> bool:
    return bool(answer.status_code == 200)


def tokens_for(browser: Client, **asked: str) -> dict[str, Any]:
    return dict(redeem(code_in(authorize(browser, **asked))).json())


def test_it_records_what_was_given(consent: Consent) -> None:
    event = Event.objects.get(action="consent:give")

    assert (event.subject, event.entity_name) == ("alice@example.com", "shop")
    assert event.metadata == {"scopes": SCOPES, "audience": ""}


def test_it_is_of_one_person_and_one_application(alice: User, bob: User, shop: Application, consent: Consent) -> None:
    assert remembered(user=bob, application=shop) is None
    assert remembered(user=alice, application=make_shop(name="other")) is None


def test_what_is_withdrawn_is_asked_again(browser: Client, alice: User, consent: Consent) -> None:
    withdraw(actor=alice, consent=consent)

    assert asks(authorize(browser))


def test_withdrawing_ends_the_tokens_that_came_of_it(browser: Client, alice: User, consent: Consent) -> None:
    held = tokens_for(browser)

    withdraw(actor=alice, consent=consent)

    assert userinfo(held["access_token"]).status_code == 401
    assert post_form("token", grant_type="refresh_token", refresh_token=held["refresh_token"]).status_code == 400


def test_withdrawing_ends_the_devices_of_that_application(browser: Client, alice: User, consent: Consent) -> None:
    remember(user=alice, application=consent.application, scopes=["offline_access"])
    tokens_for(browser, scope="openid offline_access")

    withdraw(actor=alice, consent=consent)

    assert Session.objects.get(kind=SessionKind.DEVICE).revoked_because == "consent withdrawn"


def test_withdrawing_ends_codes_on_their_way(browser: Client, alice: User, consent: Consent) -> None:
    code = code_in(authorize(browser))

    withdraw(actor=alice, consent=consent)

    assert redeem(code).json()["error"] == "invalid_grant"


def test_withdrawing_ends_devices_that_were_just_let_in(browser: Client, alice: User, consent: Consent) -> None:
    waiting = post_form("auth/device", scope="openid").json()
    approve(session=Session.objects.get(), waiting=find_waiting(waiting["user_code"], user=alice))

    withdraw(actor=alice, consent=consent)

    assert not DeviceCode.objects.exists()


def test_withdrawing_leaves_the_browser_and_other_applications_alone(
    browser: Client, alice: User, consent: Consent
) -> None:
    other = make_shop(name="other")
    remember(user=alice, application=other, scopes=SCOPES)

    withdraw(actor=alice, consent=consent)

    assert browser.get("/").status_code == 200
    assert not asks(authorize(browser, client_id="other"))


def test_withdrawing_leaves_other_people_alone(alice: User, bob: User, consent: Consent) -> None:
    remember(user=bob, application=consent.application, scopes=SCOPES)
    held = tokens_for(signed_in(bob))

    withdraw(actor=alice, consent=consent)

    assert userinfo(held["access_token"]).status_code == 200


def test_it_records_who_withdrew_whose(ada: User, consent: Consent) -> None:
    withdraw(actor=ada, consent=consent)

    event = Event.objects.get(action="consent:withdraw")
    assert (event.subject, event.entity_name) == ("ada@example.com", "shop")
    assert event.metadata == {"user": "alice@example.com"}


def test_it_is_withdrawn_once(alice: User, consent: Consent) -> None:
    withdraw(actor=alice, consent=Consent.objects.get())

    with pytest.raises(NotFound):
        withdraw(actor=alice, consent=consent)
    assert Event.objects.filter(action="consent:withdraw").count() == 1


def test_nobody_withdraws_for_others_without_permission(bob: User, vera: User, consent: Consent) -> None:
    for actor in (bob, vera, consent.application):
        with pytest.raises(Forbidden):
            withdraw(actor=actor, consent=consent)

    assert Consent.objects.exists()


def test_nobody_withdraws_for_somebody_stronger(ada: User, shop: Application) -> None:
    owner = cast.person("owner")
    cast.rule("user", owner.email, "System administrator", Scope.objects.get(pk="0"))
    owners = remember(user=owner, application=shop, scopes=SCOPES)

    with pytest.raises(Forbidden):
        withdraw(actor=ada, consent=owners)

    assert Consent.objects.exists()


def test_who_sees_a_person_sees_their_consents(
    alice: User, ada: User, vera: User, charlie: User, consent: Consent
) -> None:
    remember(user=charlie, application=consent.application, scopes=["openid"])

    seen = {str(actor): visible_consents(actor).count() for actor in (ada, vera, alice)}

    assert seen == {"ada@example.com": 2, "vera@example.com": 1, "alice@example.com": 1}
