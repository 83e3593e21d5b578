"""Sign-ins that nothing announces, clients that go, and floods from one address keep nobody else from signing in."""

import asyncio
import threading
from typing import Any

import pytest

from runai_identity import turns
from runai_identity.asgi import ASGIApplication
from tests.operations.test_asgi import Client, scope
from tests.operations.test_turns import SIGN_IN, Service, burst, in_a_loop

UNANNOUNCED = [
    b'{"grantType": "p\\u0061ssword", "username": "a", "p\\u0061ssword": "b"}',
    b"email=a&p%61ssword=b",
    SIGN_IN.decode().encode("utf-16"),
    b"x=" + b"x" * turns.LONGEST_FORM + b"&password=b",
    b"new=a&again=a",
]


@pytest.mark.parametrize("body", UNANNOUNCED, ids=["escaped", "encoded", "in UTF-16", "long", "other names"])
def test_a_sign_in_that_nothing_announces_takes_its_turn(body: bytes) -> None:
    service = Service(0.01)

    statuses, _ = burst(service, 40, bodies=[body, SIGN_IN])

    assert statuses == [200] * 40
    assert service.most_at_once == 1


def test_each_client_gets_its_own_answer() -> None:
    bodies = [b"%d: %s" % (number, SIGN_IN if number % 2 else b"secret") for number in range(40)]
    application, clients = ASGIApplication(Service(0.005)), [Client((0, body)) for body in bodies]

    async def ask() -> None:
        await asyncio.gather(*(application(scope(), one.receive, one.send) for one in clients))

    in_a_loop(ask)
    assert [one.body for one in clients] == bodies


def at(address: str) -> dict[str, Any]:
    return {**scope(), "client": (address, "4711")}


def statuses_of(service: Service, *asked: tuple[str, Client]) -> list[int]:
    """What clients at these addresses are answered who come one after the other and wait together."""
    application = ASGIApplication(service)

    async def ask() -> None:
        waiting = []
        for address, client in asked:
            waiting.append(asyncio.create_task(application(at(address), client.receive, client.send)))
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    in_a_loop(ask)
    return [client.status for _, client in asked]


def test_who_goes_away_frees_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 5)
    working = [("192.0.2.1", Client((0, SIGN_IN))) for _ in range(turns.AT_ONCE)]
    going = [("192.0.2.1", Client((0, SIGN_IN), stays=0.05)) for _ in range(5)]
    coming = [("192.0.2.1", Client((0.2, SIGN_IN))) for _ in range(5)]

    assert statuses_of(Service(0.3), *working, *going, *coming) == [200] * turns.AT_ONCE + [0] * 5 + [200] * 5


@pytest.mark.parametrize(
    ("flooding", "other"), [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1"), ("192.0.2.1", "2001:db8::")]
)
def test_a_flood_from_one_address_keeps_no_other_out(
    flooding: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 6)
    flood = [(flooding, Client((0, SIGN_IN))) for _ in range(20)]
    people = [(other, Client((0.02, SIGN_IN))) for _ in range(3)]

    statuses = statuses_of(Service(0.1), *flood, *people)

    assert statuses[-3:] == [200] * 3
    assert 429 in statuses


def test_addresses_of_one_network_share_their_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "MOST_WAITING", 4)
    flood = [(f"2001:db8::{number:x}", Client((0, SIGN_IN))) for number in range(1, 20)]

    statuses = statuses_of(Service(0.1), *flood, ("192.0.2.1", Client((0.02, SIGN_IN))))

    assert statuses[-1] == 200


def test_addresses_take_turns() -> None:
    order: list[str] = []
    lock = threading.Lock()

    class Noting(Service):
        def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
            with lock:
                order.append(environ["REMOTE_ADDR"])
            return super().__call__(environ, start_response)

    flood = [("192.0.2.1", Client((0, SIGN_IN))) for _ in range(10)]
    statuses_of(Noting(0.05), *flood, *[("192.0.2.2", Client((0, SIGN_IN))) for _ in range(3)])

    assert order[turns.AT_ONCE :][:6] == ["192.0.2.1", "192.0.2.2"] * 3
