"""Make one server span per request, around the quick paths and Django alike.

The span has the route's pattern, the method, the status and the request id: no address, no query, no header, no name.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import connection
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, format_trace_id
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from common.bodies import Application, Environ, StartResponse
from common.calls import record_calls
from common.middleware import ROUTE, TRACE
from runai_identity.metrics.requests import METHODS
from runai_identity.tracing import collector
from runai_identity.tracing.children import QUIET, StatementSpans, recorder

OTHER = "_OTHER"  # the conventions' word for a method that is none of HTTP's

_traceparent = TraceContextTextMapPropagator()


def begin(application: Application) -> "Traced":
    """Return the application with spans, and have outbound calls recorded from now on."""
    spans = collector.begin()
    record_calls(recorder(spans.tracer))
    return Traced(application, spans)


class Traced:
    """WSGI middleware around everything that is answered in a thread. Probes have no spans."""

    def __init__(self, application: Application, spans: collector.Collector) -> None:
        self._application, self.spans = application, spans

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO") in settings.PROBES:
            return self._application(environ, start_response)
        tracer, method = self.spans.tracer(), method_of(environ)
        began = {"http.request.method": method, "url.scheme": environ["wsgi.url_scheme"]}
        parent, kind = callers_span(environ), SpanKind.SERVER
        with tracer.start_as_current_span(method, parent, kind=kind, attributes=began, **QUIET) as span:
            environ[TRACE] = format_trace_id(span.get_span_context().trace_id)
            if not span.is_recording():
                return self._application(environ, start_response)
            answer, statements = NotedResponse(start_response), StatementSpans(tracer)
            try:
                with connection.execute_wrapper(statements):
                    return self._application(environ, answer)
            except Exception:
                answer.status = 500
                raise
            finally:
                tell(span, environ, answer, statements.count)


class NotedResponse:
    """A `start_response` that notes the status and the request id.

    A request that is begun anew in the queue for hashing (NeedsTurn) leaves a span without a status.
    """

    def __init__(self, start_response: StartResponse) -> None:
        self._start_response = start_response
        self.status = 0
        self.request_id = ""

    def __call__(self, line: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        self.status = int(line[:3])
        self.request_id = next((value for name, value in headers if name == "X-Request-ID"), "")
        return self._start_response(line, headers, *rest)


def tell(span: Span, environ: Environ, answer: NotedResponse, statements: int) -> None:
    route, method = environ.get(ROUTE), method_of(environ)
    if route:
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("runai_identity.statements", statements)
    if answer.status:
        span.set_attribute("http.response.status_code", answer.status)
    if answer.request_id:
        span.set_attribute("runai_identity.request_id", answer.request_id)
    if answer.status >= 500:
        span.set_status(StatusCode.ERROR)
        span.set_attribute("error.type", str(answer.status))


def method_of(environ: Environ) -> str:
    method: str = environ["REQUEST_METHOD"]
    return method if method in METHODS else OTHER


def callers_span(environ: Environ) -> Context:
    """Read `traceparent` alone: `tracestate` and `baggage` are free text, which would reach the collector."""
    given = environ.get("HTTP_TRACEPARENT", "")
    return _traceparent.extract({"traceparent": given} if given else {}, context=Context())
