from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.utils import quote
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
    page = admin.get(KEYS).content.decode() + admin.get(f"{KEYS}{quote(active().kid)}/change/").content.decode()

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


@pytest.mark.parametrize("chosen", [[State.NEXT], [State.ACTIVE], [State.ACTIVE, State.NEXT]])
def test_whichever_row_is_chosen_the_confirmation_names_the_key_and_rotates_once(
    admin: Client, chosen: list[State]
) -> None:
    following = SigningKey.objects.get(state=State.NEXT, algorithm="RS256")
    kids = [SigningKey.objects.get(state=state, algorithm="RS256").kid for state in chosen]
    SigningKey.objects.update(created_at=datetime.now(UTC) - timedelta(hours=25))
    sent = {"action": "sign_with_the_next_key", "_selected_action": kids}

    asked = admin.post(KEYS, sent).content.decode()
    done = admin.post(KEYS, {**sent, "confirmed": "yes"}, follow=True).content.decode()

    assert f"<li><strong>{following}</strong></li>" in asked and f'value="{following.kid}"' in asked
    assert active() == following and "Sign with the next key: done" in done and "Not done" not in done


def test_the_page_of_the_next_key_offers_to_sign_with_it(admin: Client) -> None:
    following = SigningKey.objects.get(state=State.NEXT, algorithm="RS256")

    page = admin.get(f"{KEYS}{quote(following.kid)}/change/").content.decode()

    assert 'value="sign_with_the_next_key"' in page and 'value="withdraw_at_once"' not in page


@pytest.mark.parametrize("action", ["sign_with_the_next_key", "withdraw_at_once"])
def test_it_says_when_it_applies_to_none_of_the_rows(admin: Client, action: str) -> None:
    old = SigningKey.objects.get(state=State.NEXT, algorithm="RS256")
    SigningKey.objects.filter(pk=old.pk).update(state=State.RETIRED)

    page = admin.post(KEYS, {"action": action, "_selected_action": old.kid}, follow=True).content.decode()

    assert "it applies to none of what was chosen" in page


def test_it_leads_back_to_a_key_whose_name_looks_like_an_escape_of_the_admins(admin: Client) -> None:
    SigningKey.objects.filter(state=State.NEXT, algorithm="RS256").update(kid="k_5Fx")
    key, shown = SigningKey.objects.get(kid="k_5Fx"), admin.get(KEYS).wsgi_request

    led: Any = site._registry[SigningKey].page_of(shown, key)  # type: ignore[attr-defined]

    assert "k_5Fx" in admin.get(led.url).content.decode()


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
