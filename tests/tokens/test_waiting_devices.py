"""Devices that wait are rows that anybody may cause, in the name of a public client: so many, and no more."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from tests.tokens.asking import PROTOCOL
from tests.tokens.at_once import AT_ONCE, at_once
from tokens.models import Application, DeviceCode

LIMIT = 4
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
BOUNDS = ("DEVICES_PER_ADDRESS", "DEVICES_PER_CLIENT", "DEVICES_IN_ALL")


@pytest.fixture(autouse=True)
def bounds(settings: Settings, keys: None) -> None:
    for name in BOUNDS:
        setattr(settings, name, 1000)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def begin(client_id: str = "runai-cli", address: str = "192.0.2.1") -> Any:
    return Client().post(
        f"{PROTOCOL}/auth/device",
        f"client_id={client_id}&scope=openid",
        content_type="application/x-www-form-urlencoded",
        REMOTE_ADDR=address,
    )


def other_client() -> str:
    cli = Application.objects.get(client_id="runai-cli")
    cli.pk, cli.client_id, cli.name = None, "other", "other"
    cli._state.adding = True
    cli.save()
    return "other"


@pytest.mark.parametrize("bound", BOUNDS)
def test_over_a_bound_a_device_is_told_when_to_try_again(settings: Settings, clock: Any, bound: str) -> None:
    setattr(settings, bound, LIMIT)
    clock.shift(timedelta(seconds=1))
    begun = [begin().status_code for _ in range(LIMIT)]

    refused = begin()

    assert begun == [200] * LIMIT and DeviceCode.objects.count() == LIMIT
    assert (refused.status_code, refused.json()["error"]) == (429, "slow_down")
    assert refused["Retry-After"] == "600" and refused["Cache-Control"] == "no-store"


@pytest.mark.parametrize("bound", BOUNDS)
def test_it_goes_on_when_those_before_have_expired(settings: Settings, clock: Any, bound: str) -> None:
    setattr(settings, bound, LIMIT)
    for _ in range(LIMIT + 1):
        begin()

    clock.shift(timedelta(minutes=10, seconds=1))

    assert begin().status_code == 200


@pytest.mark.parametrize(
    ("bound", "address", "client", "expected"),
    [
        ("DEVICES_PER_ADDRESS", "192.0.2.1", "other", 429),
        ("DEVICES_PER_ADDRESS", "198.51.100.1", "runai-cli", 200),
        ("DEVICES_PER_CLIENT", "198.51.100.1", "runai-cli", 429),
        ("DEVICES_PER_CLIENT", "192.0.2.1", "other", 200),
        ("DEVICES_IN_ALL", "198.51.100.1", "other", 429),
    ],
)
def test_whom_a_bound_concerns(settings: Settings, bound: str, address: str, client: str, expected: int) -> None:
    other_client()
    setattr(settings, bound, LIMIT)
    for _ in range(LIMIT):
        begin()

    assert begin(client, address).status_code == expected


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_no_more_begin(settings: Settings) -> None:
    settings.DEVICES_PER_CLIENT = LIMIT

    answers = at_once(lambda: begin(address=f"198.51.100.{timezone.now().microsecond % 250}"))

    assert sorted(answer.status_code for answer in answers) == [200] * LIMIT + [429] * (AT_ONCE - LIMIT)
    assert DeviceCode.objects.count() == LIMIT


def test_a_device_that_never_slows_down_is_told_so_for_ever() -> None:
    waiting = begin().json()
    DeviceCode.objects.update(interval=32_765, polled_at=timezone.now())  # after a good six thousand hasty polls
    form = {"client_id": "runai-cli", "grant_type": DEVICE_CODE, "device_code": waiting["device_code"]}

    answers = [
        Client().post(f"{PROTOCOL}/token", urlencode(form), content_type="application/x-www-form-urlencoded")
        for _ in range(2)
    ]

    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(400, "slow_down")] * 2
