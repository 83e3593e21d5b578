"""No secret, name or value of anybody is in a span: on every path by which a token is issued or honoured.

Each request of a path goes through the tracing middleware. What the collector gets may hold words of ours alone, and
none of the longer words that the requests and responses held.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import unquote_plus

import pytest
from django.apps import apps
from django.test.client import ClientHandler
from django.urls import URLResolver, get_resolver

from accounts.models import Group, User
from clustersync.models import Cluster
from runai_identity.metrics.requests import METHODS
from runai_identity.quick_views import VIEWS
from runai_identity.tracing.requests import Traced
from tests import cast
from tests.gate.conftest import _by_quick_paths as _by_quick_paths
from tests.gate.conftest import keys as keys
from tests.gate.paths import PATHS
from tests.gate.world import World
from tests.traces.conftest import Begin, Traces
from tests.traces.receiver import Span
from tokens.models import Application

WORD = re.compile(r"[\w.+~@-]{10,}")


def routes(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        yield from routes(pattern.url_patterns, route) if isinstance(pattern, URLResolver) else [route]


ROUTES = {*routes(get_resolver().url_patterns), *(path for _, path in VIEWS)}
ROUTES.add("/api/v1/clusters/<uuid:uuid>/tokenreview")
TABLES = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
OPERATIONS = {"SELECT", "INSERT", "UPDATE", "DELETE", "SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "WITH"}
WORDS_OF = {
    "http.request.method": METHODS,
    "http.route": ROUTES,
    "url.scheme": {"http", "https"},
    "db.system.name": {"sqlite", "postgresql"},
    "db.operation.name": OPERATIONS,
    "db.collection.name": TABLES,
}
NUMBERS = {"http.response.status_code", "runai_identity.statements"}
REQUEST_ID = re.compile(r"[0-9a-f]{32}")


@pytest.fixture
def said(traced: Begin, _by_quick_paths: None, monkeypatch: pytest.MonkeyPatch) -> "Said":
    """Have each request of Django's test client pass the tracing middleware, the quick paths and Django."""
    said, answer = Said(traced()), ClientHandler.get_response

    def get_response(handler: ClientHandler, request: Any) -> Any:
        responses: list[Any] = []

        def application(environ: Any, start_response: Any) -> list[bytes]:
            responses.append(answer(handler, request))
            start_response(f"{responses[0].status_code} -", [*responses[0].items()])
            return []

        said.note_request(request.environ)
        Traced(application, said.traces.application.spans)(request.environ, lambda *answer: None)
        said.note_response(responses[0])
        return responses[0]

    monkeypatch.setattr(ClientHandler, "get_response", get_response)
    return said


class Said:
    """The longer words of all requests and responses."""

    def __init__(self, traces: Traces) -> None:
        self.traces = traces
        self.words: set[str] = set()

    def note_request(self, environ: dict[str, Any]) -> None:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        headers = [value for name, value in environ.items() if name.startswith("HTTP_")]
        self._note(body.decode(), environ["QUERY_STRING"], environ["PATH_INFO"], *headers)

    def note_response(self, response: Any) -> None:
        headers = [value for name, value in response.items() if name != "X-Request-ID"]
        cookies = [morsel.value for morsel in response.cookies.values()]
        self._note(response.content.decode(), *headers, *cookies)

    def _note(self, *texts: str) -> None:
        for text in texts:
            self.words |= {*WORD.findall(text), *WORD.findall(unquote_plus(text))}


@pytest.fixture
def world(said: Said, bob: User, researchers: Group, robo: Application, prod: Cluster) -> World:
    return World(bob, robo, prod)


@pytest.mark.parametrize("path", PATHS)
def test_no_secret_is_in_a_span(world: World, said: Said, path: str) -> None:
    world.hold(PATHS[path].holds)
    assert PATHS[path].take(world)
    said.traces.send()

    spans, sent = said.traces.receiver.spans(), b"".join(said.traces.receiver.bodies).decode("utf-8", "replace")
    ours = ROUTES | TABLES
    leaked = {word for word in said.words if word in sent and not any(word in known for known in ours)}
    assert leaked == set()
    assert len(said.traces.receiver.of_requests()) > 0 and [span for span in spans if not is_known(span)] == []
    assert said.words >= {cast.PASSWORD, world.user.email}


def is_known(span: Span) -> bool:
    facts = dict(span.facts)
    named = (facts.get("http.request.method"), facts.get("db.operation.name"))
    return (
        all(isinstance(facts.pop(name, 0), int) for name in NUMBERS)
        and REQUEST_ID.fullmatch(facts.pop("runai_identity.request_id", "0" * 32)) is not None
        and all(value in WORDS_OF[name] for name, value in facts.items())
        and span.name.partition(" ")[0] in named
        and span.name.partition(" ")[2] in {"", facts.get("http.route"), facts.get("db.collection.name")}
        and (span.events, span.message) == (0, "")
    )
