"""Child spans of a request: its statements and outbound calls. They hold no values, addresses or error messages."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from common.calls import Call, Recorder

MOST_STATEMENTS = 200  # of a request: a list that is taken over has thousands, which would crowd out other spans

_OPERATION = re.compile(r"[\s(]*([A-Za-z]{1,20})\b")
_TABLE = re.compile(r'\b(?:FROM|INTO|UPDATE)\s+"?(\w{1,63})')
# The message of an error may quote what was sent; a span has its class alone.
QUIET: Any = {"record_exception": False, "set_status_on_exception": False}

_traceparent = TraceContextTextMapPropagator()


class StatementSpans:
    """Wraps the statements of a request (Django's `execute_wrapper`), and counts them."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer
        self.count = 0

    def __call__(self, execute: Callable[..., Any], sql: Any, *more: Any) -> Any:
        self.count += 1
        if self.count > MOST_STATEMENTS:
            return execute(sql, *more)
        operation, table = operation_and_table(str(sql))
        facts = {"db.system.name": connection.vendor, "db.operation.name": operation}
        if table:
            facts["db.collection.name"] = table
        name = f"{operation} {table}".strip()
        began = self._tracer.start_as_current_span(name, kind=SpanKind.CLIENT, attributes=facts, **QUIET)
        with began as span, noting_failure(span):
            return execute(sql, *more)


def operation_and_table(sql: str) -> tuple[str, str]:
    """Return the first word of a statement, and the first table of ours in it, or "". Nothing else of it is kept."""
    operation = _OPERATION.match(sql)
    known = _tables()
    table = next((found[1] for found in _TABLE.finditer(sql) if found[1] in known), "")
    return operation[1].upper() if operation else "OTHER", table


@cache
def _tables() -> frozenset[str]:
    return frozenset(model._meta.db_table for model in apps.get_models(include_auto_created=True))


def recorder(tracer: Callable[[], Tracer]) -> Recorder:
    """Return what makes a span of each outbound call, with the tracer of the process that makes the call."""

    @contextmanager
    def recording(call: Call) -> Iterator[None]:
        facts: dict[str, str | int] = {"server.address": call.host}
        if call.port:
            facts["server.port"] = call.port
        if call.headers is not None:
            facts["http.request.method"] = call.method
        with tracer().start_as_current_span(call.method, kind=SpanKind.CLIENT, attributes=facts, **QUIET) as span:
            if call.headers is not None and call.host in settings.TRACEPARENT_HOSTS:
                _traceparent.inject(call.headers)
            with noting_failure(span):
                yield
            if call.status:
                span.set_attribute("http.response.status_code", call.status)
                if call.status >= 400:
                    span.set_status(StatusCode.ERROR)

    return recording


@contextmanager
def noting_failure(span: Span) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        span.set_attribute("error.type", type(error).__name__)
        span.set_status(StatusCode.ERROR)
        raise
