from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import BoundedSemaphore

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.db.models import F, Sum
from django.utils import timezone

from accounts import hashing
from accounts.models import Session, SignInTries, User
from accounts.models.sessions import SessionKind
from accounts.services import throttle
from accounts.services.passwords import reset_password
from accounts.services.sign_in import check_password
from accounts.services.throttle import forget_all_tries
from audit.models import Event
from common import context
from common.errors import Unauthenticated
from tests import cast
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
LIMIT = settings.SIGN_IN_TRIES_PER_ACCOUNT


@contextmanager
def from_address(address: str) -> Iterator[None]:
    token = context.enter(context.RequestContext(source_ip=address))
    try:
        yield
    finally:
        context.leave(token)


def signs_in(user: User, password: str = cast.PASSWORD, address: str = "192.0.2.1") -> bool:
    with from_address(address):
        try:
            return check_password(email=user.email, password=password) == user
        except Unauthenticated:
            return False


def lock(user: User, address: str = "203.0.113.66") -> None:
    for _ in range(LIMIT):
        signs_in(user, "Wrong-Horse-1", address)


def test_it_locks_after_the_limit_and_not_before(alice: User) -> None:
    for _ in range(LIMIT - 1):
        signs_in(alice, "Wrong-Horse-1")

    assert signs_in(alice)

    lock(alice)
    assert not signs_in(alice)


def test_it_unlocks_when_the_window_is_over(alice: User) -> None:
    lock(alice)

    with time_machine.travel(timezone.now() + settings.SIGN_IN_WINDOW + timedelta(seconds=1), tick=False):
        assert signs_in(alice)


def test_tries_while_locked_do_not_lengthen_it(alice: User) -> None:
    lock(alice)
    ends_at = SignInTries.objects.get(key__startswith="account:").window_ends_at

    lock(alice)

    assert SignInTries.objects.get(key__startswith="account:").window_ends_at == ends_at


def test_a_stranger_cannot_lock_somebody_out_of_a_familiar_place(alice: User) -> None:
    with from_address("198.51.100.7"):
        Session.objects.create(
            user=alice,
            kind=SessionKind.BROWSER,
            source_ip="198.51.100.7",
            expires_at=timezone.now() + timedelta(hours=1),
        )

    lock(alice)

    assert signs_in(alice, address="198.51.100.7")
    assert not signs_in(alice, address="198.51.100.8")


def test_a_stranger_cannot_lock_the_last_administrator_out(ada: User) -> None:
    lock(ada)

    assert signs_in(ada, address="198.51.100.8")
    assert not signs_in(ada, address="203.0.113.66")


def test_it_leaves_the_others_alone(alice: User, bob: User) -> None:
    lock(alice)

    assert signs_in(bob)


def use_up(address: str) -> None:
    for number in range(settings.SIGN_IN_TRIES_PER_ADDRESS):
        signs_in(User(email=f"guess{number}@example.com"), "Wrong-Horse-1", address)


def test_one_address_has_tries_for_a_limited_number_of_accounts(alice: User, charlie: User) -> None:
    use_up("203.0.113.66")

    assert not signs_in(alice, address="203.0.113.66")
    assert signs_in(alice, address="198.51.100.8")


def test_the_addresses_of_one_ipv6_network_count_as_one(ada: User) -> None:
    for number in range(LIMIT):
        signs_in(ada, "Wrong-Horse-1", f"2001:db8:0:1::{number}")

    assert not signs_in(ada, address="2001:db8:0:1:ffff::1")
    assert signs_in(ada, address="2001:db8:0:2::1")


def test_many_people_sign_in_behind_one_address(alice: User) -> None:
    for _ in range(settings.SIGN_IN_TRIES_PER_ADDRESS + 1):
        assert signs_in(alice)


def test_a_known_password_buys_no_further_guesses(alice: User, bob: User) -> None:
    for _ in range(settings.SIGN_IN_TRIES_PER_ADDRESS):
        signs_in(alice)
        signs_in(User(email="guess@example.com"), "Wrong-Horse-1")

    assert not signs_in(bob)


@pytest.mark.parametrize("addresses", ["203.0.{0}.{1}", "2001:db8:{0:x}:{1:x}::1"])
@pytest.mark.slow
def test_strangers_make_a_bounded_number_of_counters(monkeypatch: pytest.MonkeyPatch, addresses: str) -> None:
    monkeypatch.setattr(throttle, "ADDRESS_COUNTERS", 16)
    monkeypatch.setattr(throttle, "NOBODYS_COUNTERS", 8)

    for number in range(300):
        address = addresses.format(number // 256, number % 256)
        signs_in(User(email=f"nobody{number}@example.com"), "Wrong-Horse-1", address)

    assert SignInTries.objects.count() == 16 + 8


def test_what_is_over_the_limit_of_an_address_costs_no_hash_and_counts_on_no_account(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_up("203.0.113.66")
    before = list(SignInTries.objects.filter(key__startswith="account:").values())
    monkeypatch.setattr("accounts.services.sign_in.matches", None)

    assert not signs_in(alice, address="203.0.113.66")
    assert list(SignInTries.objects.filter(key__startswith="account:").values()) == before
    assert Event.objects.latest("pk").reason == "too many tries from this address"


def test_the_console_unlocks_at_once(alice: User) -> None:
    lock(alice)

    forget_all_tries(alice)

    assert signs_in(alice)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_parallel_tries_do_not_pass_the_limit_together(charlie: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_queue", BoundedSemaphore(50))
    monkeypatch.setattr(hashing, "_places", BoundedSemaphore(50))

    def wrong(_: int) -> None:
        try:
            signs_in(charlie, "Wrong-Horse-1")
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as threads:
        list(threads.map(wrong, range(50)))

    told = Event.objects.filter(action="session:sign-in").values_list("reason").annotate(n=Sum(F("repeated") + 1))
    assert dict(told.order_by()) == {"wrong password": LIMIT, "locked": 50 - LIMIT}


def test_an_administrator_sees_it_and_a_new_password_ends_it(ada: User, alice: User, browser_as: BrowserAs) -> None:
    browser, page = browser_as(ada), f"/admin/accounts/user/{alice.pk}/change/"
    before = browser.get(page).content.decode()
    lock(alice)
    during = browser.get(page).content.decode()

    temporary = reset_password(actor=ada, user=alice)

    assert "tried as usual" in before and "refused until" in during
    assert "tried as usual" in browser.get(page).content.decode()
    assert signs_in(alice, temporary)
