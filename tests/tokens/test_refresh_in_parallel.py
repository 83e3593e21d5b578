"""Twenty requests of one client at once, each with the same refresh token."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.http import HttpResponse

from accounts.models import Session, User
from tests.tokens.asking import by_password, by_refresh
from tokens.models import RefreshChain

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 20


def all_at_once(token: str) -> list[HttpResponse]:
    barrier = Barrier(AT_ONCE)

    def one(_: int) -> HttpResponse:
        barrier.wait()
        try:
            return by_refresh(token)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as clients:
        return list(clients.map(one, range(AT_ONCE)))


def test_they_get_one_chain(alice: User) -> None:
    token = by_password(alice)["refreshToken"]

    answers = all_at_once(token)

    assert {answer.status_code for answer in answers} == {200}
    successors = {answer.json()["refreshToken"] for answer in answers}  # type: ignore[attr-defined]
    assert len(successors) == 1
    assert by_refresh(successors.pop()).status_code == 200
    assert RefreshChain.objects.filter(revoked_at=None).count() == 1
    assert Session.objects.get().revoked_at is None
