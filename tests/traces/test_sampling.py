"""A caller may take part in the sampler's choice, and never have more sampled than the sampler would."""

import random
from collections.abc import Callable

import pytest

from tests.traces.conftest import Begin, Traces

MANY = 400
LOW, HIGH = "0" * 31 + "1", "f" * 32  # a ratio sampler takes the lowest ids
IDS: dict[str, Callable[[random.Random], str]] = {
    "lowest": lambda chance: LOW,
    "highest": lambda chance: HIGH,
    "random": lambda chance: f"{chance.getrandbits(127) + 1:032x}",
}


def answer(environ: object, start_response: Callable[..., object]) -> list[bytes]:
    start_response("200 OK", [])
    return []


def share(traces: Traces, trace_id: Callable[[random.Random], str] | None, flags: str) -> float:
    """Return the part of requests with such a traceparent that is exported."""
    chance = random.Random(7)  # noqa: S311  no secret
    for _ in range(MANY):
        sent = f"00-{trace_id(chance)}-{chance.getrandbits(63) + 1:016x}-{flags}" if trace_id else ""
        traces.ask("GET", "/", HTTP_TRACEPARENT=sent)
    traces.send()
    return len(traces.receiver.of_requests()) / MANY


@pytest.mark.parametrize("flags", ["00", "01", "ff"])
@pytest.mark.parametrize("kind", IDS)
@pytest.mark.parametrize(
    ("sampler", "most"),
    [
        ("always_off", 0.0),
        ("parentbased_always_off", 0.0),
        ("traceidratio", 0.1),
        ("parentbased_traceidratio", 0.1),
    ],
)
def test_no_caller_has_more_sampled(traced: Begin, sampler: str, most: float, kind: str, flags: str) -> None:
    traces = traced(answer, OTEL_TRACES_SAMPLER=sampler, OTEL_TRACES_SAMPLER_ARG="0.1")

    assert share(traces, IDS[kind], flags) <= most * 1.6  # 400 coins: beyond that once in 100,000 runs


@pytest.mark.parametrize(
    ("sampler", "flags", "expected"),
    [
        ("parentbased_always_on", "01", 1.0),
        ("parentbased_always_on", "00", 0.0),
        ("always_on", "00", 1.0),
        ("parentbased_traceidratio", "00", 0.0),
    ],
)
def test_a_proxy_may_have_less_sampled(traced: Begin, sampler: str, flags: str, expected: float) -> None:
    traces = traced(answer, OTEL_TRACES_SAMPLER=sampler, OTEL_TRACES_SAMPLER_ARG="0.5")

    assert share(traces, IDS["random"], flags) == expected


def test_without_a_caller_the_sampler_decides(traced: Begin) -> None:
    traces = traced(answer, OTEL_TRACES_SAMPLER="parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG="0.5")

    assert 0.35 < share(traces, None, "") < 0.65
    assert {span.parent for span in traces.receiver.of_requests()} == {""}


def test_what_is_inside_a_request_follows_it(traced: Begin, db: None) -> None:
    from accounts.models import User

    def reading(environ: object, start_response: Callable[..., object]) -> list[bytes]:
        User.objects.exists()
        return answer(environ, start_response)

    traces = traced(reading, OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.1")
    share(traces, IDS["lowest"], "01")

    spans = traces.receiver.spans()
    assert len(spans) == 2 * len(traces.receiver.of_requests()) > 0
