"""O05, O06 and O07: what was used once is a thief's the next time, and everything that came of it ends.

With twenty requests at the same moment: test_codes_in_parallel.py and test_refresh_in_parallel.py in tests/tokens.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from tests.operations.pruning import prune
from tests.tokens.asking import SHOP_SECRET, authorize, code_in, make_shop, post_form, redeem, signed_in, userinfo
from tokens.models import Application, Grant, LogoutNotice
from tokens.services.consents import remember

AFTER_THE_GRACE = settings.REFRESH_GRACE + timedelta(seconds=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def browser(alice: User, shop: Application, clock: time_machine.Traveller) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


@pytest.fixture
def given(browser: Client) -> dict[str, Any]:
    return dict(redeem(code_in(authorize(browser))).json())


def refresh(token: str) -> Any:
    return post_form("token", grant_type="refresh_token", refresh_token=token)


def honoured(given: dict[str, Any]) -> bool:
    return bool(userinfo(given["access_token"]).status_code == 200)


@pytest.mark.parametrize("seconds", [0, 30, 61, 3600])
def test_o05_a_replayed_code_ends_what_it_gave(browser: Client, clock: time_machine.Traveller, seconds: int) -> None:
    code = code_in(authorize(browser))
    given = redeem(code).json()
    given = refresh(given["refresh_token"]).json()
    clock.shift(timedelta(seconds=seconds))
    prune()

    replay = redeem(code)

    assert (replay.status_code, replay.json()["error"]) == (400, "invalid_grant")
    assert not honoured(given)
    assert refresh(given["refresh_token"]).json()["error"] == "invalid_grant"


def test_o05_a_replayed_code_is_recorded(browser: Client) -> None:
    code = code_in(authorize(browser))
    redeem(code)

    redeem(code)

    event = Event.objects.get(action="code:replay")
    assert (event.subject, event.result) == ("shop", "Failed")
    assert code not in str(event.__dict__)


def test_o05_no_other_client_ends_anything_by_a_code_it_found(browser: Client) -> None:
    make_shop(name="other")
    code = code_in(authorize(browser))
    given = redeem(code).json()

    redeem(code, client_id="other", client_secret=SHOP_SECRET)

    assert honoured(given)


def test_o05_a_failed_try_uses_no_code_up(browser: Client) -> None:
    code = code_in(authorize(browser))

    wrong = redeem(code, code_verifier="w" * 60)

    assert wrong.status_code == 400
    assert redeem(code).status_code == 200


def test_o06_it_answers_the_same_within_the_grace_window(given: dict[str, Any]) -> None:
    successors = {refresh(given["refresh_token"]).json()["refresh_token"] for _ in range(3)}

    assert len(successors) == 1
    assert Grant.objects.filter(revoked_at=None).count() == 1


def test_o06_within_the_grace_window_only_the_last_one_counts(given: dict[str, Any]) -> None:
    second = refresh(given["refresh_token"]).json()
    third = refresh(second["refresh_token"]).json()

    assert refresh(given["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(third["refresh_token"]).json()["error"] == "invalid_grant"


def test_o07_reuse_after_the_grace_window_ends_the_family(given: dict[str, Any], clock: time_machine.Traveller) -> None:
    successor = refresh(given["refresh_token"]).json()
    clock.shift(AFTER_THE_GRACE)

    stolen = refresh(given["refresh_token"])

    assert stolen.json()["error"] == "invalid_grant"
    assert refresh(successor["refresh_token"]).json()["error"] == "invalid_grant"
    assert not honoured(successor) and not honoured(given)


def test_o07_it_ends_the_whole_sign_in(browser: Client, given: dict[str, Any], clock: time_machine.Traveller) -> None:
    other = redeem(code_in(authorize(browser))).json()
    refresh(given["refresh_token"])
    clock.shift(AFTER_THE_GRACE)

    refresh(given["refresh_token"])

    assert not honoured(other)
    assert browser.get("/password").status_code == 302


def test_o07_its_clients_are_told(shop: Application, browser: Client, clock: time_machine.Traveller) -> None:
    Application.objects.filter(pk=shop.pk).update(backchannel_logout_uri="https://shop.example.com/logout")
    given = redeem(code_in(authorize(browser))).json()
    refresh(given["refresh_token"])
    clock.shift(AFTER_THE_GRACE)

    refresh(given["refresh_token"])

    notice = LogoutNotice.objects.get()
    assert (notice.application, notice.sid) == (shop, str(Grant.objects.get().session_id))


def test_o07_it_is_recorded_once(alice: User, given: dict[str, Any], clock: time_machine.Traveller) -> None:
    refresh(given["refresh_token"])
    clock.shift(AFTER_THE_GRACE)

    for _ in range(3):
        refresh(given["refresh_token"])

    event = Event.objects.get(action="token:reuse")
    assert (event.subject, event.result) == (alice.email, "Failed")


def test_o07_it_leaves_other_sign_ins_alone(
    alice: User, browser: Client, given: dict[str, Any], clock: time_machine.Traveller
) -> None:
    elsewhere = redeem(code_in(authorize(signed_in(alice)))).json()
    refresh(given["refresh_token"])
    clock.shift(AFTER_THE_GRACE)

    refresh(given["refresh_token"])

    assert honoured(elsewhere)
    assert refresh(elsewhere["refresh_token"]).status_code == 200


def test_o07_no_other_client_ends_anything_by_a_token_it_found(
    given: dict[str, Any], clock: time_machine.Traveller
) -> None:
    make_shop(name="other")
    successor = refresh(given["refresh_token"]).json()
    clock.shift(AFTER_THE_GRACE)

    post_form(
        "token",
        grant_type="refresh_token",
        refresh_token=given["refresh_token"],
        client_id="other",
        client_secret=SHOP_SECRET,
    )

    assert honoured(successor)
