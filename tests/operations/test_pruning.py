"""What is over goes, and nothing else does."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session as DjangoSession
from django.db.models import Model
from django.utils import timezone

from accounts.models import Session, SignInTries, User
from audit.models import Event, Repeat
from tests.keys import plant_keys
from tests.operations.pruning import prune
from tests.tokens.asking import ask, authorize, by_password, make_shop, post_form, signed_in
from tokens.models import (
    AuthorizationCode,
    DeviceCode,
    Grant,
    KeptRequest,
    LogoutNotice,
    RegistrationToken,
    SeenAssertion,
    SigningKey,
)
from tokens.services.consents import remember
from tokens.services.kept_requests import keep_request

Make = Callable[[User], object]


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Traveller]:
    plant_keys()
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


def ask_for_a_code(user: User) -> None:
    shop = make_shop()
    remember(user=user, application=shop, scopes=shop.scopes)
    authorize(signed_in(user))


def let_a_device_wait(user: User) -> None:
    make_shop()
    assert post_form("auth/device", scope="openid").status_code == 200


def guess(user: User) -> None:
    ask(grantType="password", username=user.email, password="wrong")


def in_five_minutes() -> Any:
    return timezone.now() + timedelta(minutes=5)


def retire_a_key(user: User) -> None:
    SigningKey.objects.exclude(state="retired").filter(algorithm="ES256", state="active").update(
        state="retired", retired_at=timezone.now()
    )


# Name: what makes the row, which row, how long it stays, and when it is gone.
KINDS: dict[str, tuple[Make, type[Model], timedelta, timedelta]] = {
    "authorization codes": (ask_for_a_code, AuthorizationCode, timedelta(minutes=60), timedelta(minutes=62)),
    "device codes": (let_a_device_wait, DeviceCode, timedelta(minutes=19), timedelta(minutes=21)),
    "kept authorization requests": (
        lambda u: keep_request("state=x"),
        KeptRequest,
        timedelta(minutes=30),
        timedelta(minutes=31),
    ),
    "client assertions": (
        lambda u: SeenAssertion.objects.create(assertion_hash="a", expires_at=in_five_minutes()),
        SeenAssertion,
        timedelta(minutes=5, seconds=59),
        timedelta(minutes=7),
    ),
    "registration tokens": (
        lambda u: RegistrationToken.objects.create(token_hash="a", note="", expires_at=in_five_minutes()),
        RegistrationToken,
        timedelta(minutes=5),
        timedelta(minutes=6),
    ),
    "logout notices": (
        lambda u: LogoutNotice.objects.create(application=make_shop(), next_try_at=timezone.now()),
        LogoutNotice,
        timedelta(hours=24),
        timedelta(hours=25),
    ),
    "counters of refusals": (guess, Repeat, timedelta(minutes=59), timedelta(hours=25)),
    "audit entries of strangers": (guess, Event, timedelta(days=90), timedelta(days=91)),
    "sign-in tries": (guess, SignInTries, timedelta(minutes=15), timedelta(minutes=16)),
    "grants": (by_password, Grant, timedelta(hours=36), timedelta(hours=37)),
    "sessions": (by_password, Session, timedelta(days=90), timedelta(days=91)),
    "browser cookies": (signed_in, DjangoSession, timedelta(minutes=59), timedelta(hours=26)),
    "signing keys": (retire_a_key, SigningKey, timedelta(days=365), timedelta(days=366)),
}


@pytest.mark.parametrize("name", KINDS)
def test_it_clears_away_what_is_over(alice: User, clock: time_machine.Traveller, name: str) -> None:
    make, model, _, over = KINDS[name]
    before = model._default_manager.count()
    make(alice)

    clock.shift(over)
    prune()
    clock.shift(timedelta(hours=25))  # what has just ended stays for a day
    prune()

    assert model._default_manager.count() <= before - (model is SigningKey)


@pytest.mark.parametrize("name", KINDS)
def test_it_keeps_what_is_needed(alice: User, clock: time_machine.Traveller, name: str) -> None:
    make, model, stays, _ = KINDS[name]
    make(alice)
    before = model._default_manager.count()

    clock.shift(stays)
    prune()

    assert model._default_manager.count() == before > 0


def test_it_tells_how_much_of_each_kind_went(alice: User, clock: time_machine.Traveller) -> None:
    for _ in range(3):
        by_password(alice)
    clock.shift(timedelta(days=2))

    told = prune()

    some = {name: count for name, count in told.items() if count}
    assert some == {"device sessions that end now": 3, "grants": 3, "sign-in tries": 3}


def test_a_dry_run_counts_and_leaves_everything(alice: User, clock: time_machine.Traveller) -> None:
    guess(alice)
    clock.shift(timedelta(days=2))

    told = prune("--dry-run")

    assert told["sign-in tries"] == SignInTries.objects.count() > 0


def test_it_does_nothing_twice(alice: User, clock: time_machine.Traveller) -> None:
    guess(alice)
    by_password(alice)
    clock.shift(timedelta(days=200))
    prune()

    assert sum(prune().values()) == 0
