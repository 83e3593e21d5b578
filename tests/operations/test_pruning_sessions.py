"""Sessions that nobody comes back to end for everybody to see, and what lives is left alone."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session as DjangoSession
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import GeneralSettings, Session, User
from accounts.signals import session_revoked
from audit.models import Event
from tests import cast
from tests.keys import plant_keys
from tests.operations.pruning import prune
from tests.tokens.asking import (
    authorize,
    by_password,
    by_refresh,
    call_api,
    code_in,
    make_shop,
    redeem,
    signed_in,
    userinfo,
)
from tokens.models import Application, Grant, LogoutNotice
from tokens.services.consents import remember


@pytest.fixture(autouse=True)
def clock(db: None) -> Iterator[time_machine.Traveller]:
    plant_keys()
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(alice: User) -> Application:
    shop = make_shop()
    remember(user=alice, application=shop, scopes=shop.scopes)
    return shop


def prune_after(clock: time_machine.Traveller, **time: int) -> None:
    clock.shift(timedelta(**time))
    prune()


def is_signed_in(browser: Client) -> bool:
    return bool(browser.get("/password").status_code == 200)


@pytest.mark.parametrize(("timeout", "because"), [(60, "inactivity"), (13 * 60, "longest session")])
def test_it_ends_a_session_that_nobody_came_back_to(
    alice: User, clock: time_machine.Traveller, timeout: int, because: str
) -> None:
    GeneralSettings(pk=1, idle_timeout_minutes=timeout).save()
    signed_in(alice)

    prune_after(clock, hours=14)

    session = Session.objects.get()
    assert (session.revoked_at, session.revoked_because) == (timezone.now(), because)


def test_it_takes_the_inactivity_from_the_settings(alice: User, clock: time_machine.Traveller) -> None:
    GeneralSettings(pk=1, idle_timeout_minutes=120).save()
    signed_in(alice)

    prune_after(clock, minutes=120)
    alive = Session.objects.live().count()
    prune_after(clock, minutes=1)

    assert (alive, Session.objects.live().count()) == (1, 0)


def test_it_announces_and_records_the_end(alice: User, clock: time_machine.Traveller) -> None:
    signed_in(alice)
    announced: list[Any] = []

    def hear(sender: object, *, session: Session, **facts: Any) -> None:
        announced.append(session)

    session_revoked.connect(hear)
    prune_after(clock, minutes=61)
    session_revoked.disconnect(hear)

    event = Event.objects.get(action="session:revoke")
    assert announced == [Session.objects.get()]
    assert (event.subject_type, event.metadata) == ("System", {"because": "inactivity"})


def test_a_browser_that_is_used_every_day_stays_signed_in(alice: User, clock: time_machine.Traveller) -> None:
    GeneralSettings(pk=1, idle_timeout_minutes=None, session_hours=400).save()
    browser = signed_in(alice)

    for _ in range(10):
        prune_after(clock, hours=23)
        assert is_signed_in(browser)


def test_the_clients_of_a_session_are_told(
    alice: User, clock: time_machine.Traveller, shop: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    Application.objects.filter(pk=shop.pk).update(backchannel_logout_uri="https://shop.example.com/logout")
    redeem(code_in(authorize(signed_in(alice))))
    told: list[str] = []

    def post(notice: LogoutNotice) -> str:
        told.append(notice.sid)
        return ""

    monkeypatch.setattr("tokens.services.backchannel._post", post)
    prune_after(clock, minutes=61)

    assert told == [str(Session.objects.get().pk)]


def test_the_person_reads_why(alice: User, clock: time_machine.Traveller) -> None:
    browser = signed_in(alice)

    prune_after(clock, minutes=61)

    assert b"after 60 minutes without activity" in browser.get("/login").content


def test_it_leaves_alone_what_lives(alice: User, clock: time_machine.Traveller, shop: Application) -> None:
    GeneralSettings(pk=1, idle_timeout_minutes=None, session_hours=400).save()
    browser = signed_in(alice)
    device = by_password(alice)
    clock.shift(timedelta(hours=11))
    device = by_refresh(device["refreshToken"]).json()  # type: ignore[attr-defined]
    prune_after(clock, hours=11)
    given = redeem(code_in(authorize(browser))).json()
    prune_after(clock, seconds=1)

    assert is_signed_in(browser)
    assert userinfo(given["access_token"]).status_code == 200
    assert by_refresh(device["refreshToken"]).status_code == 200
    assert call_api(by_password(alice)["accessToken"]).status_code == 200


def test_a_client_of_a_live_session_stays_known_to_it(
    alice: User, clock: time_machine.Traveller, shop: Application
) -> None:
    GeneralSettings(pk=1, idle_timeout_minutes=10_000, session_hours=400).save()
    browser = signed_in(alice)
    given = [redeem(code_in(authorize(browser))).json()["access_token"] for _ in range(3)]
    assert userinfo(given[0]).status_code == 200

    prune_after(clock, hours=40)

    assert Grant.objects.filter(application=shop, revoked_at=None).count() == 1
    assert is_signed_in(browser)


def test_a_familiar_place_stays_familiar(alice: User, clock: time_machine.Traveller) -> None:
    for _ in range(5):
        by_password(alice)
    prune_after(clock, days=8)
    prune_after(clock, days=2)
    kept = Session.objects.count()

    for _ in range(20):
        ask_from("203.0.113.66", alice, "wrong")

    assert kept == 1
    assert ask_from("198.51.100.8", alice, cast.PASSWORD) == 400
    assert ask_from("192.0.2.10", alice, cast.PASSWORD) == 200


def test_strangers_who_sign_out_leave_nothing() -> None:
    for _ in range(3):
        Client().post("/logout")

    assert DjangoSession.objects.count() == 0


def ask_from(address: str, user: User, password: str) -> int:
    body = {"grantType": "password", "username": user.email, "password": password}
    return APIClient().post("/api/v1/token", body, format="json", REMOTE_ADDR=address).status_code
