"""What granian hands over, as the application gets it; and what is answered before a thread is taken."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from runai_identity import rsgi
from runai_identity.rsgi import Application, environ_of


class Headers:
    def __init__(self, *pairs: tuple[str, str]) -> None:
        self.pairs = pairs

    def items(self) -> tuple[tuple[str, str], ...]:
        return self.pairs


@dataclass
class Scope:
    method: str = "POST"
    path: str = "/a b/é"
    query_string: str = "x=%20"
    http_version: str = "1.1"
    server: str = "[::1]:8000"
    client: str = "[2001:db8::1]:4711"
    scheme: str = "https"
    headers: Headers = field(default_factory=Headers)


@dataclass
class Protocol:
    """A request whose body comes in parts, each after so many seconds; and its answer."""

    parts: tuple[tuple[float, bytes], ...] = ()
    answer: tuple[int, Any, bytes] | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for seconds, part in self.parts:
            await asyncio.sleep(seconds)
            yield part

    def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
        self.answer = (status, dict(headers), body)


def echo(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read(), environ["CONTENT_LENGTH"].encode()]


def answered(*protocols: Protocol, wsgi: Any = echo) -> list[int]:
    application = Application(wsgi, threads=2)

    async def ask() -> None:
        await asyncio.gather(*(application.__rsgi__(Scope(), protocol) for protocol in protocols))

    asyncio.run(ask())
    return [protocol.answer[0] for protocol in protocols if protocol.answer]


def test_it_is_a_request_as_wsgi_has_it() -> None:
    environ = environ_of(Scope(headers=Headers(("content-type", "text/x"), ("host", "a:1"))), b"body")

    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a b/é"
    assert (environ["QUERY_STRING"], environ["wsgi.url_scheme"], environ["REQUEST_METHOD"]) == (
        "x=%20",
        "https",
        "POST",
    )
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("2001:db8::1", "::1", "8000")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"], environ["HTTP_HOST"]) == ("text/x", "4", "a:1")
    assert environ["wsgi.input"].read() == b"body"


@pytest.mark.parametrize("name", ["x_forwarded_for", "content_length", "x-forwarded_for", "transfer-encoding"])
def test_nobody_names_a_header_that_is_not_theirs(name: str) -> None:
    plain = environ_of(Scope(), b"")

    assert environ_of(Scope(headers=Headers((name, "1"))), b"") | {"wsgi.input": None} == plain | {"wsgi.input": None}


def test_a_header_sent_twice_is_one_list() -> None:
    twice = Headers(
        ("x-forwarded-for", "1.1.1.1"), ("cookie", "a=1"), ("x-forwarded-for", "2.2.2.2"), ("cookie", "b=2")
    )

    environ = environ_of(Scope(headers=twice), b"")

    assert (environ["HTTP_X_FORWARDED_FOR"], environ["HTTP_COOKIE"]) == ("1.1.1.1,2.2.2.2", "a=1; b=2")


def test_it_hands_over_a_body_that_came_in_parts() -> None:
    protocol = Protocol(((0, b"one "), (0.01, b"two")))

    assert answered(protocol) == [200]
    assert protocol.answer is not None
    assert protocol.answer[2] == b"one two7"


def test_it_waits_for_a_body_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi, "BODY_SECONDS", 0.2)
    slow, quick = Protocol(((0, b"a"), (5, b"b"))), Protocol(((0.05, b"a"),))

    assert answered(slow, quick) == [408, 200]
    assert slow.answer is not None
    assert json.loads(slow.answer[2])["code"] == 408


def test_it_refuses_a_body_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi, "LONGEST_BODY", 1000)

    assert answered(Protocol(((0, b"x" * 600), (0, b"x" * 600)))) == [413]


def test_long_bodies_are_in_the_way_of_long_bodies_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi, "SHORT_BODY", 10)
    monkeypatch.setattr(rsgi, "LONG_BODIES", 100)
    held = [Protocol(((0, b"x" * 40), (0.3, b"x"))) for _ in range(2)]
    late, short = Protocol(((0.1, b"x" * 40),)), Protocol(((0.1, b"x" * 10),))

    assert answered(*held, late, short) == [200, 200, 503, 200]
    assert late.answer is not None
    assert (late.answer[0], late.answer[1]["retry-after"]) == (503, "5")


def test_it_refuses_what_would_wait_too_long_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi, "MOST_WAITING", 3)

    def slow(environ: Any, start_response: Any) -> list[bytes]:
        time.sleep(0.1)
        return echo(environ, start_response)

    assert sorted(answered(*(Protocol() for _ in range(5)), wsgi=slow)) == [200, 200, 200, 503, 503]


def test_what_follows_an_answer_keeps_it_from_nobody() -> None:
    order: list[str] = []

    class Answer(list[bytes]):
        def close(self) -> None:
            time.sleep(0.1)
            order.append("housekeeping")

    class Noting(Protocol):
        def response_bytes(self, status: int, headers: Any, body: bytes) -> None:
            order.append("answer")

    def wsgi(environ: Any, start_response: Any) -> Answer:
        start_response("200 OK", [])
        return Answer([b"x"])

    answered(Noting(), wsgi=wsgi)

    assert order == ["answer", "housekeeping"]
