"""How long the codes are that people type, and at which instant a grant that nobody used is over."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from tests.keys import plant_keys
from tests.tokens.asking import authorize, by_password, by_refresh, code_in, make_shop, post_form, redeem, signed_in
from tokens.models import Grant
from tokens.services.consents import remember

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(("after", "status"), [(-INSTANT, 200), (timedelta(), 400), (INSTANT, 400)])
def test_a_grant_is_over_at_the_instant_at_which_it_was_idle_for_too_long(
    alice: User, after: timedelta, status: int
) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        plant_keys()
        token = by_password(alice)["refreshToken"]
        clock.move_to(NOW + settings.REFRESH_IDLE_LIFETIME + after)

        assert by_refresh(token).status_code == status


@pytest.mark.parametrize(("after", "active"), [(INSTANT, True), (timedelta(), False), (-INSTANT, False)])
def test_introspection_says_so_from_that_instant_on(alice: User, after: timedelta, active: bool) -> None:
    plant_keys()
    shop = make_shop()
    remember(user=alice, application=shop, scopes=shop.scopes)
    token = redeem(code_in(authorize(signed_in(alice)))).json()["refresh_token"]

    with time_machine.travel(timezone.now(), tick=False):
        Grant.objects.update(idle_ends_at=timezone.now() + after)
        assert post_form("token/introspect", token=token).json()["active"] is active


def test_the_code_that_people_type_has_two_times_four_letters_without_vowels() -> None:
    make_shop()

    for _ in range(5):
        code = post_form("auth/device", scope="openid").json()["user_code"]
        assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", code), code
