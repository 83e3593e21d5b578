"""The server's clock jumps by an hour and back, while tokens, sessions, throttles and an agent live."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.faults.databases import SQLite
from tests.faults.moved_clock import Clock
from tests.faults.served import EMAIL, PASSWORD, Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HOUR = 3600
REPORT = {"seconds": 1.5, "applied": 2, "unchanged": 0, "pruned": 0, "failed": 0, "rules": []}


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    served = Served(folder, SQLite(folder / "rows.sqlite3"), **clock.environment)
    yield served
    served.stop()


@pytest.fixture(autouse=True)
def right_time(clock: Clock) -> Iterator[None]:
    clock.set(0)
    yield
    clock.set(0)


@dataclass
class Held:
    """What people and machines hold before the clock moves."""

    served: Served
    signed_in: dict[str, Any]
    agent: str

    def api(self) -> int:
        headers = {"Authorization": f"Bearer {self.signed_in['accessToken']}"}
        return self.served.ask("GET", "/api/v1/me", headers=headers).status_code


def hold(served: Served) -> Held:
    body = {"grantType": "password", "username": EMAIL, "password": PASSWORD}
    answer = served.ask("POST", "/api/v1/token", json=body)
    assert answer.status_code == 200, answer.text
    signed_in = dict(answer.json())
    headers = {"Authorization": f"Bearer {signed_in['accessToken']}"}
    path = f"/api/v1/clusters/{served.cluster['uuid']}/agent-token"
    return Held(served, signed_in, served.ask("POST", path, headers=headers).json()["agentToken"])


def works(held: Held) -> dict[str, int]:
    """Ask for what has to work at any time, by secrets that don't depend on the time of day."""
    served, by = held.served, {"Authorization": f"Bearer {held.agent}"}
    rbac = f"/api/v1/clusters/{served.cluster['uuid']}/rbac"
    refresh = {"grantType": "refresh_token", "refreshToken": held.signed_in["refreshToken"]}
    refreshed = served.ask("POST", "/api/v1/token", json=refresh)
    held.signed_in |= refreshed.json()
    served.reviewed = served.token(audience=served.cluster["audience"])
    return {
        "ready": served.ask("GET", "/readyz").status_code,
        "client credentials": served.robos_token().status_code,
        "refresh": refreshed.status_code,
        "the refreshed token": held.api(),
        "a new browser": served.signed_in().get(f"{served.url}/account", timeout=20).status_code,
        "token review": 200 if served.review().json()["status"]["authenticated"] else 401,
        "agent reads": served.ask("GET", rbac, headers=by).status_code,
        "agent reports": served.ask("PUT", f"{rbac}/status", json=REPORT, headers=by).status_code,
    }


ALL_WORKS = dict.fromkeys(
    ("ready", "client credentials", "refresh", "the refreshed token", "a new browser", "token review", "agent reads"),
    200,
) | {"agent reports": 204}


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_everything_goes_on_by_what_is_asked_for_anew(served: Served, clock: Clock, jump: int) -> None:
    held = hold(served)
    clock.set(jump)
    moved = works(held)
    clock.set(0)

    assert moved == ALL_WORKS
    assert works(held) == ALL_WORKS


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_token_is_taken_in_its_hour_alone(served: Served, clock: Clock, jump: int) -> None:
    before = hold(served)
    clock.set(jump)
    there = hold(served)
    refused = before.api()
    clock.set(0)

    assert (refused, before.api()) == (401, 200)
    assert there.api() == 401  # from an hour ahead, or over
    assert served.account().status_code in (200, 302)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_lock_ends_with_its_window_wherever_the_clock_goes(served: Served, clock: Clock, jump: int) -> None:
    email = f"locked-{jump}@example.com"
    bearer = {"Authorization": f"Bearer {hold(served).signed_in['accessToken']}"}
    made = served.ask("POST", "/api/v1/users", json={"email": email}, headers=bearer)
    right = {"grantType": "password", "username": email, "password": made.json()["tempPassword"]}
    tries = [served.ask("POST", "/api/v1/token", json={**right, "password": "wrong"}) for _ in range(11)]
    locked = served.ask("POST", "/api/v1/token", json=right)
    clock.set(jump)
    later = served.ask("POST", "/api/v1/token", json=right)

    assert {answer.text for answer in tries} == {locked.text}
    assert locked.status_code == 400 and later.json()["details"] == "must_change_password"
