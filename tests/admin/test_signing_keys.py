from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from accounts.models import User
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tokens.models import SigningKey
from tokens.models.keys import State

KEYS = "/admin/tokens/signingkey/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    plant_keys()
    return browser_as(ada)


def act(admin: Client, action: str, **more: str) -> str:
    kid = active().kid
    return admin.post(KEYS, {"action": action, "_selected_action": kid, **more}, follow=True).content.decode()


def active() -> SigningKey:
    return SigningKey.objects.get(state=State.ACTIVE, algorithm="RS256")


def test_it_lists_the_keys_without_their_private_halves(admin: Client) -> None:
    page = admin.get(KEYS).content.decode() + admin.get(f"{KEYS}{active().kid}/change/").content.decode()

    assert active().kid in page
    assert "private" not in page.lower()


def test_it_says_when_the_next_key_can_sign(admin: Client) -> None:
    before = active().kid

    page = act(admin, "sign_with_the_next_key", confirmed="yes")

    assert "clusters may not have fetched it yet" in page
    assert active().kid == before


def test_it_signs_with_the_next_key_when_its_time_has_come(admin: Client) -> None:
    following = SigningKey.objects.get(state=State.NEXT, algorithm="RS256")
    SigningKey.objects.update(created_at=datetime.now(UTC) - timedelta(hours=25))

    act(admin, "sign_with_the_next_key", confirmed="yes")

    assert active() == following


def test_it_says_what_an_emergency_breaks_before_it_does_it(admin: Client) -> None:
    before = active().kid

    asked = act(admin, "withdraw_at_once")
    unchanged = active().kid == before
    act(admin, "withdraw_at_once", confirmed="yes")

    assert "every token signed so far is refused here" in asked
    assert unchanged and active().kid != before
    assert SigningKey.objects.get(pk=before).state == State.RETIRED


def test_it_refuses_who_may_not(alice: User, browser_as: BrowserAs) -> None:
    assert browser_as(alice).get(KEYS).status_code == 403
