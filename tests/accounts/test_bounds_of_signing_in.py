"""The bounds of signing in by a password, each tried on both of its sides."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from accounts.models.sessions import SessionKind
from accounts.names import LONGEST_EMAIL
from accounts.services.sessions import start_session
from accounts.services.throttle import FAMILIAR_FOR, MOST_LOCKED, locked_accounts
from audit.models import Event
from tests import cast
from tests.accounts.test_lockout import from_address, signs_in

pytestmark = pytest.mark.django_db
LIMIT = settings.SIGN_IN_TRIES_PER_ACCOUNT
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.7"


def fail_everywhere(user: User) -> None:
    """Fail from somewhere else until tries from unfamiliar places are refused."""
    for _ in range(LIMIT):
        signs_in(user, "wrong", ELSEWHERE)


@pytest.mark.parametrize("length", [LONGEST_EMAIL - 1, LONGEST_EMAIL])
def test_the_longest_address_signs_in(length: int) -> None:
    domain = ".".join(["d" * 61] * 3)
    user = User(email=f"{'n' * (length - len(domain) - 5)}@{domain}.com")
    user.set_password(cast.PASSWORD)
    user.save()

    assert len(user.email) == length
    assert signs_in(user)


@pytest.mark.parametrize(("ago", "is_familiar"), [(timedelta(hours=1), True), (-timedelta(hours=1), False)])
def test_a_place_is_familiar_for_ninety_days(alice: User, ago: timedelta, is_familiar: bool) -> None:
    now = timezone.now()
    with time_machine.travel(now - timedelta(days=90) + ago, tick=False), from_address(HOME):
        start_session(user=alice, kind=SessionKind.BROWSER)

    with time_machine.travel(now, tick=False):
        fail_everywhere(alice)

        assert signs_in(alice, address=HOME) is is_familiar
    assert timedelta(days=90) == FAMILIAR_FOR


def test_those_are_told_whose_passwords_are_refused(alice: User, bob: User) -> None:
    before = timezone.now()
    fail_everywhere(alice)
    signs_in(bob, "wrong", ELSEWHERE)

    told = locked_accounts(User.objects.all())

    assert [user for user, _ in told] == [alice]
    assert before < told[0][1] <= timezone.now() + timedelta(days=1)
    assert len(told) <= MOST_LOCKED and Event.objects.filter(entity_name=alice.email).exists()
    assert locked_accounts(User.objects.exclude(pk=alice.pk)) == []


def test_those_are_told_who_are_refused_at_a_familiar_place(alice: User) -> None:
    """Its tries are counted apart."""
    with from_address(HOME):
        start_session(user=alice, kind=SessionKind.BROWSER)
    for _ in range(LIMIT):
        signs_in(alice, "wrong", HOME)

    assert [user for user, _ in locked_accounts(User.objects.all())] == [alice]


def test_nobody_is_told_while_nobody_is_refused(alice: User) -> None:
    signs_in(alice, "wrong", ELSEWHERE)

    assert locked_accounts(User.objects.all()) == []
