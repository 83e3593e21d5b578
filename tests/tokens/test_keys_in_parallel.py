"""Replicas and threads that come upon the same keys at the same moment."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import connection

from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict
from tests.tokens.asking import by_secret, call_api
from tokens.models import Application, SigningKey
from tokens.models.keys import Algorithm
from tokens.services.keys import ensure_keys, rotate, turn_over

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 6


def all_at_once(*work: Callable[[], object]) -> list[object]:
    barrier = Barrier(len(work))

    def one(job: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return job()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(one, work))


def a_month_ago() -> None:
    then = datetime.now(UTC) - timedelta(days=31)
    SigningKey.objects.update(created_at=then, activated_at=then)


def test_they_make_each_key_once(db: None) -> None:
    SigningKey.objects.all().delete()

    all_at_once(*[ensure_keys] * AT_ONCE)

    kept = SigningKey.objects.order_by("algorithm", "state").values_list("algorithm", "state")
    assert list(kept) == [("ES256", "active"), ("ES256", "next"), ("RS256", "active"), ("RS256", "next")]


def test_they_turn_each_key_over_once(db: None) -> None:
    a_month_ago()

    all_at_once(*[turn_over] * AT_ONCE)

    assert Event.objects.filter(action="signing_key:rotate").count() == len(Algorithm)
    assert SigningKey.objects.count() == 3 * len(Algorithm)


def test_requests_under_way_see_nothing_of_it(robo: Application) -> None:
    a_month_ago()

    def ask_and_use() -> set[int]:
        return {call_api(by_secret(robo)["accessToken"]).status_code for _ in range(20)}

    def turn() -> object:
        # The requests turn worn keys over by themselves; when they were quicker, the next key is too young.
        with suppress(Conflict):
            rotate(actor=SYSTEM, algorithm=Algorithm.RS256)
        return None

    answers = all_at_once(ask_and_use, ask_and_use, ask_and_use, turn)

    assert answers[:3] == [{200}] * 3
