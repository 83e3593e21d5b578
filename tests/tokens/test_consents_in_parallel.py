"""Withdrawing consent while the application is just fetching what it was let have."""

from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from tests.tokens.asking import authorize, code_in, make_shop, redeem, signed_in
from tests.tokens.at_once import AT_ONCE, at_once
from tokens.models import Application, AuthorizationCode, Consent, Grant
from tokens.services.consents import remember

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


def withdrawing_among(others: list[Callable[[], Any]], browser: Client) -> None:
    consent = Consent.objects.get()
    jobs: SimpleQueue[Callable[[], Any]] = SimpleQueue()
    half = len(others) // 2
    for job in [*others[:half], lambda: browser.post(f"/account/applications/{consent.pk}/withdraw"), *others[half:]]:
        jobs.put(job)

    at_once(lambda: jobs.get()())


def nothing_is_left() -> bool:
    live = Grant.objects.filter(revoked_at=None)
    return not Consent.objects.exists() and not AuthorizationCode.objects.exists() and not live.exists()


def test_it_catches_codes_that_are_just_redeemed(browser: Client) -> None:
    codes = [code_in(authorize(browser)) for _ in range(AT_ONCE - 1)]

    withdrawing_among([lambda code=code: redeem(code) for code in codes], browser)  # type: ignore[misc]

    assert nothing_is_left()


def test_it_catches_codes_that_are_just_asked_for(browser: Client) -> None:
    withdrawing_among([lambda: authorize(browser)] * (AT_ONCE - 1), browser)

    assert nothing_is_left()
