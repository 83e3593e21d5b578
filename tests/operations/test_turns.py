"""A burst of sign-ins waits without a thread, in the order in which it came, and not without a bound."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import pytest

from accounts.hashing import place_to_hash
from common.errors import TooMany
from runai_identity import asgi, turns
from runai_identity.asgi import ASGIApplication
from runai_identity.turns import brings_a_password
from tests.operations.test_asgi import Client, scope

SIGN_IN = b'{"grantType": "password", "username": "a", "password": "b"}'


class Service:
    """A password takes a while here; whatever else is asked does not. Each request is answered with its own body."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.at_once, self.most_at_once = seconds, 0, 0
        self.lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        status, body = "200 OK", environ["wsgi.input"].read()
        if len(body) > 1:
            try:
                with place_to_hash():
                    self.hash()
            except TooMany:
                status = "429 Too Many Requests"
        start_response(status, [])
        return [body]

    def hash(self) -> None:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(self.seconds)
        with self.lock:
            self.at_once -= 1


def burst(
    service: Service, many: int, *, others: int = 0, bodies: Sequence[bytes] = (SIGN_IN,)
) -> tuple[list[int], float]:
    """The statuses of so many sign-ins at once, and how long the slowest of other requests beside them took."""
    application, took = ASGIApplication(service, threads=4), [0.0]
    clients = [Client((0, bodies[number % len(bodies)])) for number in range(many)]

    async def ask_beside() -> None:
        await asyncio.sleep(0.05)
        for _ in range(others):
            begun = time.monotonic()
            await application(scope(), Client((0, b"x")).receive, Client().send)
            took.append(time.monotonic() - begun)

    async def ask() -> None:
        signing_in = (application(scope(), one.receive, one.send) for one in clients)
        await asyncio.gather(ask_beside(), *signing_in)

    in_a_loop(ask)
    return [client.status for client in clients], max(took)


def in_a_loop(ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """In a thread, since another test may have left a loop in this one."""
    thread = threading.Thread(target=lambda: asyncio.run(ask()))
    thread.start()
    thread.join()


def test_a_burst_of_sign_ins_all_get_in_one_after_the_other() -> None:
    service = Service(0.01)

    assert burst(service, 60)[0] == [200] * 60
    assert service.most_at_once == 1


def test_a_burst_leaves_threads_to_all_else() -> None:
    statuses, slowest = burst(Service(0.5), 8, others=10)

    assert set(statuses) == {200}
    assert slowest < 0.4, "it waited for a password"


def test_who_finds_too_many_waiting_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 5)

    statuses, _ = burst(Service(0.05), 20)

    assert statuses == [200] * (turns.AT_ONCE + 5) + [429] * (15 - turns.AT_ONCE)


def test_who_waited_long_enough_is_asked_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT", 0.3)

    statuses, _ = burst(Service(0.1), 20)

    assert 2 <= statuses.count(200) <= 6
    assert statuses == sorted(statuses), "the first come first"


def test_a_request_that_fails_leaves_its_turn() -> None:
    def broken(environ: Any, start_response: Any) -> list[bytes]:
        raise ValueError("broken")

    application = ASGIApplication(broken)

    async def ask() -> list[Any]:
        clients = [Client((0, SIGN_IN)) for _ in range(turns.AT_ONCE + 2)]
        asked = (application(scope(), one.receive, one.send) for one in clients)
        return await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 3)

    outcomes: list[Any] = []
    thread = threading.Thread(target=lambda: outcomes.extend(asyncio.run(ask())))
    thread.start()
    thread.join()
    assert [type(one) for one in outcomes] == [ValueError] * (turns.AT_ONCE + 2)


@pytest.mark.parametrize(
    ("method", "body", "expected"),
    [
        ("POST", SIGN_IN, True),
        ("POST", b"email=a&password=b", True),
        ("POST", b"grant_type=password&username=a", True),
        ("POST", b'------x\r\nContent-Disposition: form-data; name="password"\r\n\r\nb', True),
        ("POST", b"grant_type=client_credentials", False),
        ("GET", b"password", False),
        ("POST", b"password" + b"x" * turns.LONGEST_FORM, False),
    ],
)
def test_what_brings_a_password(method: str, body: bytes, expected: bool) -> None:
    assert brings_a_password(method, body) is expected


def test_memory_is_given_back_once_when_no_more_sign_ins_come(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back: list[float] = []
    monkeypatch.setattr(turns, "QUIET", 0.3)
    monkeypatch.setattr(asgi, "give_back", lambda: given_back.append(time.monotonic()))
    application, came = ASGIApplication(Service(0.01), threads=4), []

    async def come_and_go() -> None:
        for _ in range(4):
            client = Client((0, SIGN_IN))
            await application(scope(), client.receive, client.send)
            await asyncio.sleep(0.1)
            came.append(time.monotonic())
        await asyncio.sleep(0.6)

    in_a_loop(come_and_go)

    assert len(given_back) == 1
    assert given_back[0] > came[-1]
