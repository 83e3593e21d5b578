"""Send spans to the collector from a thread of each process: no request waits for it, and a full queue drops spans."""

import atexit
import logging
import os
import time
from collections.abc import Sequence
from threading import Event, Lock, Thread
from typing import Any

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from opentelemetry.exporter.otlp.proto.http import trace_exporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk import _shared_internal
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Tracer
from opentelemetry.util.re import parse_env_headers

from runai_identity.tracing.sampling import Bounded

logger = logging.getLogger("runai_identity.tracing")

NAME = "runai-identity"
LAST_SECONDS = 2.0  # for what waits when the process ends
QUIET_SECONDS = 600
_LONGEST_REASON = 200


class Said(logging.Filter):
    """Keeps what OpenTelemetry's exporter says first of a failure, as the reason for the one line of ours."""

    first = ""

    def filter(self, record: logging.LogRecord) -> bool:
        self.first = self.first or " ".join(record.getMessage().split())[:_LONGEST_REASON]
        return False


class Seldom(logging.Filter):
    """Lets one line pass in ten minutes: that the queue is full is said of each span, in the thread of its request."""

    _next = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + QUIET_SECONDS
        return True


SAID, SELDOM = Said(), Seldom()


class OnceTold(SpanExporter):
    """An exporter that logs one line when the collector is away, and one when it takes spans again."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        SAID.first = ""
        result = self._exporter.export(spans)
        is_away = result is not SpanExportResult.SUCCESS
        if is_away and not self._is_away:
            logger.warning("Traces are dropped until the collector takes them: %s", SAID.first)
        elif self._is_away and not is_away:
            logger.info("The collector takes traces again.")
        self._is_away = is_away
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class HeadsOnly(requests.Session):
    """A client that reads nothing of an answer but its head, and takes a redirect for the failure that it is."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        with super().request(*args, **{**kwargs, "stream": True}) as answer:
            if answer.is_redirect:
                raise requests.TooManyRedirects(f"status {answer.status_code} leads on to another address")
            answer._content = b""  # where requests keeps what was read: nothing, however long it is
            return answer


class Collector:
    """The tracer of this process.

    The exporter is made at the start, where a wrong setting stops it. The thread begins with a process's first request:
    the first process forks its workers, and must have no threads until then.
    """

    def __init__(self) -> None:
        self._exporter = _exporter()
        self._lock = Lock()
        self._process = 0
        self._provider: TracerProvider
        self._tracer: Tracer
        self._is_ending: Event
        self._last: Thread

    def tracer(self) -> Tracer:
        if self._process != os.getpid():
            with self._lock:
                self._begin()
        return self._tracer

    def _begin(self) -> None:
        if self._process == os.getpid():
            return
        provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        provider.sampler = Bounded(provider.sampler)
        provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._provider, self._tracer = provider, provider.get_tracer(NAME)
        self._is_ending = Event()
        # It waits from the beginning: from Python 3.12 on a process that ends can't start a thread.
        self._last = Thread(target=_shut_down, args=(provider, self._is_ending), name="last traces", daemon=True)
        self._last.start()
        self._process = os.getpid()
        atexit.register(self.send_the_rest)

    def send_the_rest(self) -> None:
        """Send what waits, for LAST_SECONDS at most, and take no more spans."""
        if self._process != os.getpid():
            return
        self._is_ending.set()
        self._last.join(LAST_SECONDS)


def _shut_down(provider: TracerProvider, is_ending: Event) -> None:
    is_ending.wait()
    provider.shutdown()


def _exporter() -> SpanExporter:
    logging.getLogger(trace_exporter.__name__).addFilter(SAID)
    logging.getLogger(_shared_internal.__name__).addFilter(SELDOM)
    headers = parse_env_headers(settings.TRACES_HEADERS, liberal=True)
    try:
        return OnceTold(OTLPSpanExporter(headers=headers, session=HeadsOnly()))
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"OTEL_EXPORTER_OTLP_*: {error}.") from None


def _resource() -> Resource:
    """Return the resource that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES describe, with a name in any case."""
    resource = Resource.create()
    if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return resource.merge(Resource({SERVICE_NAME: NAME}))
    return resource


_collectors: list[Collector] = []


def begin() -> Collector:
    """Return a collector, of which `send_the_rest` sends what waits."""
    collector = Collector()
    _collectors.append(collector)
    return collector


def send_the_rest() -> None:
    for collector in _collectors:
        collector.send_the_rest()
