"""Two replicas on one database whose clocks are ten minutes apart (docs/reliability.md, The clock)."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.faults.databases import PostgreSQL
from tests.faults.moved_clock import Clock
from tests.faults.served import EMAIL, PASSWORD
from tests.start.test_make_run import Start

pytestmark = [pytest.mark.slow, pytest.mark.timeout(200)]

HOST = {"Host": "identity.example.com"}


@pytest.fixture(scope="module")
def database(postgresql: PostgreSQL) -> PostgreSQL:
    return postgresql.another("apart")


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory, database: PostgreSQL) -> Iterator[tuple[Start, Start]]:
    """The second one's clock is ahead."""
    folder = tmp_path_factory.mktemp("apart")
    clock = Clock(folder)
    clock.set(600)
    environment = {
        "DATABASE_URL": database.url,
        "PUBLIC_URL": "http://identity.example.com",
        "RUNAI_ADMIN_EMAIL": EMAIL,
        "RUNAI_ADMIN_PASSWORD": PASSWORD,
    }
    right, ahead = Start(folder / "right"), Start(folder / "ahead")
    ahead.output = folder / "output of the second"
    try:
        right.begin(**environment)
        right.wait_until_served()
        shutil.copytree(folder / "right" / "secrets", folder / "ahead" / "secrets")
        ahead.begin(**environment, **clock.environment)
        ahead.wait_until_served()
        yield right, ahead
    finally:
        right.kill()
        ahead.kill()


def ask(at: Start, **body: str) -> requests.Response:
    return requests.post(f"{at.url}/api/v1/token", json=body, headers=HOST, timeout=20)


def signed_in(at: Start) -> dict[str, Any]:
    return dict(ask(at, grantType="password", username=EMAIL, password=PASSWORD).json())


def accepted(at: Start, tokens: dict[str, Any]) -> bool:
    by = {"Authorization": f"Bearer {tokens['accessToken']}"}
    return requests.get(f"{at.url}/api/v1/me", headers={**HOST, **by}, timeout=20).status_code == 200


def test_only_a_token_of_the_one_ahead_is_refused_by_the_other(replicas: tuple[Start, Start]) -> None:
    right, ahead = replicas
    of_right, of_ahead = signed_in(right), signed_in(ahead)

    assert accepted(right, of_right) and accepted(ahead, of_right) and accepted(ahead, of_ahead)
    assert not accepted(right, of_ahead)


def test_who_refreshes_with_one_token_at_both_is_signed_out(replicas: tuple[Start, Start]) -> None:
    """A token may be used twice within ten seconds. For the server whose clock is ahead they are over."""
    right, ahead = replicas
    token = signed_in(right)["refreshToken"]
    refreshed = ask(right, grantType="refresh_token", refreshToken=token)

    assert refreshed.status_code == 200
    assert ask(ahead, grantType="refresh_token", refreshToken=token).status_code == 400
    again = ask(right, grantType="refresh_token", refreshToken=refreshed.json()["refreshToken"])
    assert again.status_code == 400


def test_tries_at_both_count_together(replicas: tuple[Start, Start], database: PostgreSQL) -> None:
    try:
        for number in range(10):
            ask(replicas[number % 2], grantType="password", username=EMAIL, password="Wrong-Horse-1")

        assert ["accessToken" in signed_in(at) for at in replicas] == [False, False]
    finally:
        database.execute("DELETE FROM accounts_signintries")
