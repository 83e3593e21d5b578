"""An answer that streams is sent while it is made, as fast as its client takes it, and leaves threads to others."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.http import StreamingHttpResponse

from runai_identity import asgi
from tests.operations.test_asgi import Client, answered


class Streamed(StreamingHttpResponse):
    """As Django hands it over, with a note of how many parts were taken."""

    def __init__(self, parts: int) -> None:
        self.taken = 0
        super().__init__(self.parts(parts))

    def parts(self, number: int) -> Iterator[bytes]:
        for _ in range(number):
            self.taken += 1
            yield b"x" * 1000


def streaming(response: Streamed) -> Any:
    def wsgi(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/csv")])
        return response

    return wsgi


def test_an_export_is_sent_while_it_is_made() -> None:
    response, client, ahead = Streamed(20), Client(), []

    async def send(message: dict[str, Any]) -> None:
        ahead.append(response.taken - len(client.body) // 1000)
        await Client.send(client, message)

    client.send = send  # type: ignore[method-assign]
    answered(client, wsgi=streaming(response))

    assert len(client.body) == 20_000
    assert max(ahead[1:-1]) == 1 and len(ahead) == 22


def test_who_takes_nothing_of_an_export_gets_no_more_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "PART_SECONDS", 0.2)
    response, client = Streamed(1000), Client()

    async def send(message: dict[str, Any]) -> None:
        await asyncio.sleep(60 if response.taken > 3 else 0)

    client.send = send  # type: ignore[method-assign]
    begun = time.monotonic()
    answered(client, wsgi=streaming(response))

    assert response.taken < 6 and time.monotonic() - begun < 10


def test_exports_leave_threads_to_others() -> None:
    class Slow(Streamed):
        def parts(self, number: int) -> Iterator[bytes]:
            time.sleep(0.3)
            yield b"x"

    def wsgi(environ: Any, start_response: Any) -> Any:
        return streaming(Slow(1))(environ, start_response)

    assert sorted(answered(Client(), Client(), wsgi=wsgi)) == [200, 503]
