"""What a server of ASGI hands over, as the application gets it; and what is answered before a thread is taken."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from runai_identity import asgi, request_bodies
from runai_identity.asgi import ASGIApplication
from runai_identity.environ import environ_of
from runai_identity.request_bodies import Body, Room

Headers = list[tuple[bytes, bytes]]


def scope(*headers: tuple[bytes, bytes], **more: Any) -> dict[str, Any]:
    return {
        "type": "http",
        "method": "POST",
        "http_version": "1.1",
        "path": "/",
        "raw_path": b"/a%20b/%C3%A9",
        "query_string": b"x=%20",
        "scheme": "https",
        "server": ("::1", "8000"),
        "client": ("2001:db8::1", "4711"),
        "headers": [(b"host", b"a"), *headers],
        **more,
    }


# To the address that takes the longest body, by somebody who says who they are.
LONG = scope(
    (b"authorization", b"Bearer x"),
    (b"transfer-encoding", b"chunked"),
    raw_path=b"/api/v1/clusters/00000000-0000-4000-8000-000000000000/rbac/diff",
)


class Client:
    """Whose body comes in parts, each after so many seconds; None for a part: it goes away."""

    def __init__(self, *parts: tuple[float, bytes | None], stays: float = 60) -> None:
        self.parts, self.sent_all, self.stays = list(parts), False, stays
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.body = b""

    async def receive(self) -> dict[str, Any]:
        if not self.parts:
            if self.sent_all:
                await asyncio.sleep(self.stays)
                return {"type": "http.disconnect"}
            self.sent_all = True
            return {"type": "http.request", "body": b"", "more_body": False}
        seconds, part = self.parts.pop(0)
        await asyncio.sleep(seconds)
        return (
            {"type": "http.disconnect"} if part is None else {"type": "http.request", "body": part, "more_body": True}
        )

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.body += message["body"]


def echo(environ: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.input"].read(), environ["CONTENT_LENGTH"].encode()]


def slow(environ: Any, start_response: Any) -> list[bytes]:
    time.sleep(0.1)
    return echo(environ, start_response)


def answered(*clients: Client, wsgi: Any = echo, asked: dict[str, Any] | None = None) -> list[int]:
    application = ASGIApplication(wsgi, threads=2)

    async def ask() -> None:
        await asyncio.gather(*(application(asked or scope(), one.receive, one.send) for one in clients))

    with ThreadPoolExecutor(1) as apart:  # a browser of another test may have left a loop running in this thread
        apart.submit(asyncio.run, ask()).result()
    return [client.status for client in clients]


def test_it_is_a_request_as_wsgi_has_it() -> None:
    environ = environ_of(scope((b"content-type", b"text/x")), b"body")

    assert environ["PATH_INFO"].encode("latin-1").decode() == "/a b/é"
    assert (environ["QUERY_STRING"], environ["wsgi.url_scheme"], environ["REQUEST_METHOD"]) == (
        "x=%20",
        "https",
        "POST",
    )
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("2001:db8::1", "::1", "8000")
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"], environ["HTTP_HOST"]) == ("text/x", "4", "a")
    assert environ["wsgi.input"].read() == b"body"


@pytest.mark.parametrize("name", [b"x_forwarded_for", b"content_length", b"x-forwarded_for", b"transfer-encoding"])
def test_nobody_names_a_header_that_is_not_theirs(name: bytes) -> None:
    without = {"wsgi.input": None}

    assert environ_of(scope((name, b"1")), b"") | without == environ_of(scope(), b"") | without


def test_a_header_sent_twice_is_one_list() -> None:
    forwarded, cookie = b"x-forwarded-for", b"cookie"

    environ = environ_of(
        scope((forwarded, b"1.1.1.1"), (cookie, b"a=1"), (forwarded, b"2.2.2.2"), (cookie, b"b=2")), b""
    )

    assert (environ["HTTP_X_FORWARDED_FOR"], environ["HTTP_COOKIE"]) == ("1.1.1.1,2.2.2.2", "a=1; b=2")


@pytest.mark.parametrize("byte", [b"\xff", "é".encode(), b"\x80"])
def test_no_byte_takes_the_header_away_in_which_it_stands(byte: bytes) -> None:
    environ = environ_of(scope((b"x-forwarded-for", byte + b", 5.5.5.7"), (b"cookie", b"a=" + byte + b"; b=1")), b"")

    assert environ["HTTP_X_FORWARDED_FOR"].encode("latin-1") == byte + b", 5.5.5.7"
    assert environ["HTTP_COOKIE"].encode("latin-1").endswith(b"; b=1")


def test_it_hands_over_a_body_that_came_in_parts() -> None:
    client = Client((0, b"one "), (0.01, b"two"))

    assert answered(client) == [200]
    assert client.body == b"one two7"


@pytest.mark.parametrize("there", [b"", b"redirect_uris=https://app.example.co"])
def test_it_drops_a_request_that_breaks_off(there: bytes) -> None:
    done: list[object] = []

    assert answered(Client((0, there), (0, None)), wsgi=lambda *request: done.append(request)) == [400]
    assert not done


def test_it_waits_for_a_body_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "BODY_SECONDS", 1)
    late, quick = Client((0, b"a"), (30, b"b")), Client((0.05, b"a"))

    assert answered(late, quick) == [408, 200]
    assert json.loads(late.body)["code"] == 408
    assert late.headers[b"x-content-type-options"] == b"nosniff"


def test_it_refuses_a_body_without_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(request_bodies, "MIDDLE_BODY", 1000)

    assert answered(Client((0, b"x" * 600), (0, b"x" * 600))) == [413]


@pytest.mark.parametrize(("sizes", "expected"), [((40, 40), 503), ((40, 20), 200), ((10, 10, 10, 10, 10), 200)])
def test_long_bodies_share_room_until_they_are_answered(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], expected: int
) -> None:
    """Short ones always find some, and those of another kind."""
    for name, size in (("SHORT_BODY", 10), ("MIDDLE_BODY", 30), ("MIDDLE_BODIES", 60), ("LONG_BODIES", 100)):
        monkeypatch.setattr(request_bodies, name, size)
    waiting = [Client((0, b"x" * size)) for size in sizes]
    late, short, middle = Client((0.03, b"x" * 40)), Client((0.03, b"x" * 10)), Client((0.03, b"x" * 15))

    assert answered(*waiting, late, short, middle, wsgi=slow, asked=LONG)[-3:] == [expected, 200, 200]


@pytest.mark.parametrize("part", [1, 7, 40])
def test_all_room_is_free_again_afterwards(monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    monkeypatch.setattr(request_bodies, "SHORT_BODY", 10)
    monkeypatch.setattr(request_bodies, "MIDDLE_BODY", 30)
    rooms = Room(1000), Room(1000)
    body = Body(*rooms)
    for _ in range(40 // part):
        body.add(b"x" * part)
    assert sum(room.free for room in rooms) == 2000 - body.size

    body.leave()

    assert [room.free for room in rooms] == [1000, 1000]


def test_it_refuses_what_would_wait_too_long_for_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "MOST_WAITING", 3)

    assert sorted(answered(*(Client() for _ in range(5)), wsgi=slow)) == [200, 200, 200, 503, 503]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [({"headers": []}, 400), ({"headers": [], "http_version": "1.0"}, 200), ({"query_string": b"x" * 18_000}, 414)],
)
def test_it_looks_at_the_head(asked: dict[str, Any], expected: int) -> None:
    assert answered(Client(), asked={**scope(), **asked}) == [expected]


def test_what_follows_an_answer_keeps_it_from_nobody() -> None:
    order: list[str] = []
    kept_house = threading.Event()

    class Answer(list[bytes]):
        def close(self) -> None:
            time.sleep(0.1)
            order.append("housekeeping")
            kept_house.set()

    class Noting(Client):
        async def send(self, message: dict[str, Any]) -> None:
            order.append(message["type"])

    answered(Noting(), wsgi=lambda environ, start_response: Answer(echo(environ, start_response)))

    assert kept_house.wait(5)
    assert order == ["http.response.start", "http.response.body", "housekeeping"]


def test_what_the_application_raises_is_raised() -> None:
    def broken(environ: Any, start_response: Any) -> list[bytes]:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        answered(Client(), wsgi=broken)


@pytest.mark.parametrize("module", ["runai_identity.asgi", "runai_identity.wsgi", "runai_identity.gunicorn_settings"])
def test_a_server_imports_it_before_anything_else(module: str) -> None:
    done = subprocess.run([sys.executable, "-c", f"import {module}"], capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stderr
