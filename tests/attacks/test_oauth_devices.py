"""O09: a device gets in once, at its own pace, as itself, and only while everything that let it in still holds."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services.users import disable_user
from common.actors import SYSTEM
from tests.tokens.asking import SHOP_SECRET, make_shop, post_form, signed_in
from tokens.models import Application, DeviceCode, Grant

GRANT = "urn:ietf:params:oauth:grant-type:device_code"
Waiting = dict[str, Any]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def waiting(shop: Application, clock: time_machine.Traveller) -> Waiting:
    return dict(post_form("auth/device", scope="openid email").json())


def decide(user: User, waiting: Waiting, decision: str = "allow") -> None:
    browser = signed_in(user)
    shown = browser.post("/device", {"user_code": waiting["user_code"].lower().replace("-", " ")})
    browser.post("/device", {"request_token": shown.context["request_token"], "decision": decision})


def poll(waiting: Waiting, **instead: str) -> Any:
    return post_form("token", grant_type=GRANT, **{"device_code": waiting["device_code"], **instead})


def error_in(answer: Any) -> str:
    return str(answer.json()["error"])


def enter(browser: Client, code: str) -> int:
    return browser.post("/device", {"user_code": code}).status_code


def test_it_waits_until_somebody_lets_it_in(alice: User, waiting: Waiting, clock: time_machine.Traveller) -> None:
    before = poll(waiting)
    decide(alice, waiting)
    clock.shift(timedelta(seconds=5))
    after = poll(waiting)

    assert error_in(before) == "authorization_pending"
    assert (after.status_code, after.json()["scope"]) == (200, "openid email")


def test_o09_it_gets_in_once(alice: User, waiting: Waiting, clock: time_machine.Traveller) -> None:
    decide(alice, waiting)
    poll(waiting)
    clock.shift(timedelta(seconds=5))

    assert error_in(poll(waiting)) == "invalid_grant"
    assert Grant.objects.count() == 1


def test_o09_whoever_polls_too_fast_has_to_wait_longer(waiting: Waiting, clock: time_machine.Traveller) -> None:
    said = [error_in(poll(waiting)), error_in(poll(waiting))]
    clock.shift(timedelta(seconds=9))
    said.append(error_in(poll(waiting)))
    clock.shift(timedelta(seconds=15))
    said.append(error_in(poll(waiting)))

    assert said == ["authorization_pending", "slow_down", "slow_down", "authorization_pending"]


def test_o09_another_client_gets_nothing_by_it(alice: User, waiting: Waiting) -> None:
    make_shop(name="other")
    decide(alice, waiting)

    assert error_in(poll(waiting, client_id="other", client_secret=SHOP_SECRET)) == "invalid_grant"
    assert poll(waiting).status_code == 200


def test_o09_it_ends_in_time(alice: User, waiting: Waiting, clock: time_machine.Traveller) -> None:
    decide(alice, waiting)
    clock.shift(timedelta(seconds=waiting["expires_in"]))

    assert error_in(poll(waiting)) == "expired_token"


def test_o09_no_is_no(alice: User, waiting: Waiting, clock: time_machine.Traveller) -> None:
    decide(alice, waiting, "deny")

    assert error_in(poll(waiting)) == "access_denied"
    assert enter(signed_in(alice), waiting["user_code"]) == 400


def test_o09_whoever_was_disabled_meanwhile_lets_nothing_in(alice: User, waiting: Waiting) -> None:
    decide(alice, waiting)
    disable_user(actor=SYSTEM, user=alice)

    assert error_in(poll(waiting)) == "invalid_grant"


def test_o09_wrong_codes_are_counted(alice: User, bob: User, waiting: Waiting) -> None:
    browser = signed_in(alice)
    for _ in range(10):
        enter(browser, "BCDF-GHJK")

    refused, others = enter(browser, waiting["user_code"]), enter(signed_in(bob), waiting["user_code"])

    assert (refused, others) == (400, 200)


def test_o09_the_table_tells_no_codes(waiting: Waiting) -> None:
    row = str(DeviceCode.objects.values().get())

    assert waiting["device_code"] not in row
    assert waiting["user_code"] not in row and waiting["user_code"].replace("-", "") not in row


def test_o09_a_client_without_the_grant_gets_no_codes(keys: None) -> None:
    make_shop(name="web", grant_types=["authorization_code"])

    answer = post_form("auth/device", client_id="web", client_secret=SHOP_SECRET)

    assert error_in(answer) == "unauthorized_client"
