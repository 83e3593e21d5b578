"""What a collector answers is not read beyond its head, and only 2xx counts as taken."""

import resource

import pytest

from tests.traces.conftest import Begin
from tests.traces.receiver import Receiver
from tests.traces.test_collector_away import QUICK, ask, lines, seconds_of
from tests.traces.test_sampling import answer

HUGE = 256 * 1024 * 1024


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(b"Content-Length: %d\r\n\r\n" % HUGE + b"x" * HUGE, id="a long body"),
        pytest.param(b"Content-Length: 10\r\n\r\nx", id="a body that is cut off"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", id="no chunk"),
        pytest.param(b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", id="no gzip"),
    ],
)
def test_it_reads_no_body(traced: Begin, receiver: Receiver, caplog: pytest.LogCaptureFixture, more: bytes) -> None:
    receiver.more = more
    traces = traced(answer, OTEL_EXPORTER_OTLP_TIMEOUT="5")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    assert seconds_of(lambda: ask(traces, 2)) < 4

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < HUGE // 1024 // 2
    assert len(receiver.of_requests()) == 2 and lines(caplog) == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_no_success(
    traced: Begin, receiver: Receiver, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    receiver.status = status
    receiver.more = b"Location: http://127.0.0.1:1/v1/traces\r\nContent-Length: 0\r\n\r\n"

    ask(traced(answer, **QUICK), 2)

    (said,) = lines(caplog)
    assert said.startswith("Traces are dropped until the collector takes them: ") and str(status) in said
