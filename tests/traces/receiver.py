"""A collector of traces: an OTLP/HTTP receiver on loopback, which may be away, slow or refuse."""

from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue

SERVER, CLIENT = 2, 3  # Span.SpanKind


@dataclass(frozen=True)
class Span:
    name: str
    kind: int
    trace: str
    id: str
    parent: str
    facts: dict[str, Any]
    resource: dict[str, Any]
    events: int
    is_error: bool
    message: str


@dataclass
class Receiver:
    """`status` is what it answers, and `more` the rest of it; while `is_open` is cleared it answers nothing."""

    port: int = 0
    status: int = 200
    more: bytes = b""
    is_open: Event = field(default_factory=Event)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.is_open.set()
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), _handler_of(self))
        self.server.daemon_threads = True
        self.port = self.server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def spans(self) -> list[Span]:
        return [span for body in self.bodies for span in _spans_in(body)]

    def of_requests(self) -> list[Span]:
        return [span for span in self.spans() if span.kind == SERVER]

    def close(self) -> None:
        self.is_open.set()
        self.server.shutdown()
        self.server.server_close()


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            assert self.headers["Content-Type"] == "application/x-protobuf"
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.is_open.wait()
            if receiver.status == 200:
                receiver.bodies.append(body)
                receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_response(receiver.status)
            if receiver.more:
                self.flush_headers()
                with suppress(OSError):  # nobody reads it
                    self.wfile.write(receiver.more)
                return
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep silent."""

    return Handler


def _spans_in(body: bytes) -> list[Span]:
    found = []
    for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
        resource = _facts(of_resource.resource.attributes)
        for span in (span for scope in of_resource.scope_spans for span in scope.spans):
            found.append(
                Span(
                    span.name,
                    span.kind,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    _facts(span.attributes),
                    resource,
                    len(span.events),
                    span.status.code == 2,
                    span.status.message + span.trace_state,
                )
            )
    return found


def _facts(attributes: Any) -> dict[str, Any]:
    return {one.key: _value(one) for one in attributes}


def _value(attribute: KeyValue) -> Any:
    return getattr(attribute.value, str(attribute.value.WhichOneof("value")))
