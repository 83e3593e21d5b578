from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from common import calls
from runai_identity.quick import QuickPaths
from runai_identity.tracing import collector
from runai_identity.tracing.requests import Traced, begin
from tests.operations.test_quick_paths import connections_stay
from tests.traces.receiver import Receiver


@dataclass
class Traces:
    """The application with spans, in this process, and the collector that they are sent to."""

    receiver: Receiver
    application: Traced

    def send(self) -> None:
        """Send what waits."""
        provider: Any = self.application.spans._provider
        provider.force_flush()

    def ask(self, method: str, path: str, body: bytes = b"", **environ: str) -> dict[str, str]:
        """Return the headers of the response, with its status."""
        request: Any = RequestFactory().generic(method, path, body, **environ)  # type: ignore[arg-type]
        answered: list[Any] = []
        with connections_stay():
            parts = self.application(request.environ, lambda *answer: answered.extend(answer))
            b"".join(parts)
            getattr(parts, "close", lambda: None)()
        return {"status": answered[0], **dict(answered[1])}


Begin = Callable[..., Traces]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def traced(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Begin]:
    """Begin traces with these variables, around Django and the quick paths or an application of the test's."""
    begun: list[Traces] = []

    def start(application: Any = None, **variables: str) -> Traces:
        for name, value in {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, **variables}.items():
            monkeypatch.setenv(name, value)
        begun.append(Traces(receiver, begin(application or QuickPaths(WSGIHandler()))))
        return begun[-1]

    yield start
    calls._recorders.clear()
    for each in begun:
        each.application.spans.send_the_rest()
    collector._collectors.clear()


@pytest.fixture
def traces(db: None, traced: Begin) -> Traces:
    return traced()
