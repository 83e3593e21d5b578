"""Traces of the server as it runs: each worker sends its own, at its end too, and a silent collector stops nobody."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.start.test_make_run import Start
from tests.traces.receiver import Receiver

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

KEYS = "/auth/realms/runai/protocol/openid-connect/certs"
AT_THE_END = {"OTEL_BSP_SCHEDULE_DELAY": "600000", "DRAIN_SECONDS": "0"}


@pytest.fixture
def start(tmp_path: Path, migrated: Path) -> Iterator[Start]:
    started = Start(tmp_path / "data").with_tables(migrated)
    yield started
    started.kill()


def asked(start: Start, path: str) -> str:
    """Return the request id of an answer, each time by a connection of its own."""
    answer = requests.get(f"{start.url}{path}", timeout=10)
    assert answer.status_code == 200
    return answer.headers["X-Request-ID"]


def stopped(start: Start) -> float:
    assert start.process is not None
    began = time.monotonic()
    start.process.send_signal(signal.SIGTERM)
    start.process.wait(30)
    return time.monotonic() - began


@pytest.mark.parametrize("server", ["granian", "gunicorn"])
def test_every_worker_sends_what_it_has_when_it_ends(start: Start, receiver: Receiver, server: str) -> None:
    start.begin(WEB_SERVER=server, OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, **AT_THE_END)
    start.wait_until_served()
    ids = {asked(start, path) for path in (KEYS, "/login") * 15}
    assert receiver.bodies == []
    stopped(start)

    spans = receiver.of_requests()
    assert {span.facts["runai_identity.request_id"] for span in spans} == ids
    assert {span.facts["http.route"] for span in spans} == {KEYS, "/login"}
    assert len({span.resource["service.instance.id"] for span in spans}) == 2
    assert "Traceback" not in start.output.read_text()


def test_a_silent_collector_delays_neither_requests_nor_the_stop(start: Start, receiver: Receiver) -> None:
    receiver.is_open.clear()
    start.begin(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_BSP_SCHEDULE_DELAY="100", DRAIN_SECONDS="0")
    start.wait_until_served()
    took = []
    for _ in range(40):
        began = time.monotonic()
        asked(start, KEYS)
        took.append(time.monotonic() - began)

    assert sorted(took)[30] < 0.5
    assert stopped(start) < 10
