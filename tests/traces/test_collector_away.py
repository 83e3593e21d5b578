"""Requests go on as before where the collector is away, slow or refuses; one line of log says so."""

import logging
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.ports import free_port
from tests.traces.conftest import Begin, Traces
from tests.traces.receiver import Receiver
from tests.traces.test_sampling import answer

QUICK = {"OTEL_EXPORTER_OTLP_TIMEOUT": "0.2", "OTEL_BSP_SCHEDULE_DELAY": "50"}
SMALL = {
    "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
    "OTEL_BSP_SCHEDULE_DELAY": "50",
    "OTEL_BSP_MAX_QUEUE_SIZE": "64",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "32",
}


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if "opentelemetry" in record.name or "traces" in record.getMessage().lower()
    ]


def ask(traces: Traces, times: int) -> None:
    for _ in range(times):
        traces.ask("GET", "/")
        traces.send()


def test_it_is_said_once_that_the_collector_is_away_and_once_that_it_is_back(
    traced: Begin, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    port = free_port()
    traces = traced(answer, **QUICK, OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    ask(traces, 3)
    (away,) = lines(caplog)
    back = Receiver(port=port)
    try:
        ask(traces, 2)
    finally:
        back.close()

    assert away.startswith("Traces are dropped until the collector takes them: ")
    assert lines(caplog) == [away, "The collector takes traces again."]
    assert len(back.of_requests()) == 2


def test_it_is_said_why(traced: Begin, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    traces = traced(answer, OTEL_EXPORTER_OTLP_TIMEOUT="1.5", OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{port}")
    ask(traces, 1)

    (away,) = lines(caplog)
    assert f"127.0.0.1:{port}" in away or f"port={port}" in away


def test_a_refusal_is_said_with_its_status(traced: Begin, receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.status = 401
    traces = traced(answer, **QUICK, OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20a-secret-key")
    ask(traces, 2)

    (said,) = lines(caplog)
    assert "401" in said and "a-secret-key" not in caplog.text


def test_no_request_waits_for_a_silent_collector_and_what_is_too_much_is_dropped(
    traced: Begin, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    receiver.is_open.clear()
    traces = traced(answer, **SMALL)
    took = [seconds_of(lambda: traces.ask("GET", "/")) for _ in range(500)]

    assert sorted(took)[450] < 0.1
    assert [line for line in lines(caplog) if "Queue full" in line] == ["Queue full, dropping Span."]
    assert seconds_of(traces.application.spans.send_the_rest) < 4


def seconds_of(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_headers_reach_the_collector(traced: Begin, receiver: Receiver, settings: Any) -> None:
    settings.TRACES_HEADERS = "authorization=Bearer%20a-secret-key,x-tenant=gpu"
    ask(traced(answer), 1)

    assert (receiver.headers[0]["authorization"], receiver.headers[0]["x-tenant"]) == ("Bearer a-secret-key", "gpu")
