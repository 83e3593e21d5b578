"""Nobody can tell whether a quick path answered or Django: the same requests, with the quick paths and without."""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.http import HttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Group, SignInTries, User
from audit.models import Event, Repeat
from clustersync.models import Cluster, ClusterCredential, ClusterToken
from clustersync.models.refusals import WebhookRefusal
from common.middleware import ROUTE
from runai_identity.quick import QuickPaths
from tests.clustersync import opaque
from tests.keys import plant_keys
from tests.operations.quick_requests import QUICK, Asked, changed
from tests.tokens.asking import by_password, by_secret
from tokens import keyring
from tokens.models import Application

pytestmark = pytest.mark.django_db

JWT = re.compile(rb"eyJ[\w-]+\.([\w-]+)\.[\w-]+")
# Django gives who sends a malformed CSRF cookie a new one, of random letters and with the second it ends at.
NEW_COOKIE = re.compile(r"^( ?csrftoken)=\w{32}; expires=[^;]+")
NEW_EACH_TIME = ("jti", "iat", "nbf", "exp", "at_hash")
WITHOUT_STATEMENTS = ("keys", "discovery", "userinfo of nobody")
World = dict[str, str]
TABLES = (Event, Repeat, SignInTries, WebhookRefusal)
MOMENTS = ("id", "at", "request_id", "event_id", "window_ends_at", "repeated_until", "updated_at")


@contextmanager
def connections_stay() -> Iterator[None]:
    """As for Django's test client: a transaction of the test is open."""
    told = (request_started, request_finished)
    for signal in told:
        signal.disconnect(close_old_connections)
    yield
    for signal in told:
        signal.connect(close_old_connections)


@pytest.fixture
def world(bob: User, researchers: Group, robo: Application, prod: Cluster) -> Iterator[World]:
    plant_keys()
    held = by_password(bob)
    api = held["accessToken"]
    yield {
        "api": api,
        "refresh": held["refreshToken"],
        "cluster": by_password(bob, audience=prod.audience)["accessToken"],
        "opaque": opaque.made(opaque.showing(api), prod)["token"],
        "robo": by_secret(robo, audience=prod.audience)["accessToken"],
        "robo_api": by_secret(robo)["accessToken"],
        "audience": prod.audience,
    }
    keyring.forget()


def environ_of(asked: Asked, world: World) -> dict[str, Any]:
    made = asked.environ(**world)
    more: dict[str, Any] = {name: value for name, value in made.items() if name not in ("path", "body")}
    path, body = made["path"], made["body"]
    typed: dict[str, Any] = {} if asked.content_type is None else {"CONTENT_TYPE": asked.content_type}
    request: Any = RequestFactory().generic(asked.method, path, body, **typed, **more)
    if asked.content_type is None:
        request.environ.pop("CONTENT_TYPE", None)
    request.environ.update(QUERY_STRING=asked.query, CONTENT_LENGTH=str(len(body)), REQUEST_METHOD=asked.method)
    return dict(request.environ)


def answer(application: Any, environ: dict[str, Any]) -> dict[str, Any]:
    """What is answered and what is written down, without what is new each time; and all of it undone."""
    begun: list[Any] = []
    with transaction.atomic(), connections_stay():
        parts = application(environ, lambda status, headers, *_: begun.append((status, headers)))
        body = b"".join(parts)
        getattr(parts, "close", lambda: None)()
        (status, sent), *more = begun
        headers = [(name, NEW_COOKIE.sub(r"\1, new", value) if name == "Set-Cookie" else value) for name, value in sent]
        cookies = sorted(value for name, value in headers if name == "Set-Cookie")
        assert not more and len({name for name, _ in headers}) == len(headers) - len(cookies[1:])
        told = {
            "status": status,
            "cookies": cookies,
            "route": environ.get(ROUTE),
            **_told(dict(headers), body),
            **_noted(),
        }
        transaction.set_rollback(True)
    return told


def _told(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    assert headers.pop("X-Request-ID")
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
        headers.pop("Content-Length")  # with random bytes in it
    tokens = [_claims(found) for found in JWT.findall(body)]
    return {"headers": headers, "body": JWT.sub(b"a token", body), "tokens": tokens}


def _claims(payload: bytes) -> dict[str, Any]:
    claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    assert claims.keys() >= {"jti", "iat", "exp"}
    return {name: value for name, value in claims.items() if name not in NEW_EACH_TIME}


def _noted() -> dict[str, Any]:
    rows = {
        table.__name__: sorted(
            json.dumps({k: v for k, v in row.items() if k not in MOMENTS}, default=str, sort_keys=True)
            for row in table.objects.values()
        )
        for table in TABLES
    }
    used = {
        "credential": ClusterCredential.objects.filter(last_used_at=None).count(),
        "opaque token": ClusterToken.objects.filter(last_used_at=None).count(),
        "application": Application.objects.filter(last_login=None).count(),
    }
    return {**rows, **used}


def forget_uses() -> None:
    ClusterCredential.objects.update(last_used_at=None)
    ClusterToken.objects.update(last_used_at=None)
    Application.objects.update(last_login=None)


def compared(asked: Asked, world: World) -> bool:
    """Both answer alike; whether the quick path answered by itself."""
    django, gone_on = WSGIHandler(), []

    def noting(environ: Any, start_response: Callable[..., Any]) -> Any:
        gone_on.append(environ)
        return django(environ, start_response)

    without = answer(django, environ_of(asked, world))
    with_quick = answer(QuickPaths(noting), environ_of(asked, world))
    assert with_quick == without
    return not gone_on


@pytest.mark.parametrize("kind", QUICK)
def test_it_answers_by_itself_what_django_would(world: World, kind: str) -> None:
    assert compared(QUICK[kind], world)

    forget_uses()
    assert compared(QUICK[kind], world)


@pytest.mark.slow
@pytest.mark.parametrize("kind", QUICK)
def test_it_answers_what_django_would_to_whatever_is_odd(world: World, kind: str) -> None:
    different = []
    for change, asked in changed(QUICK[kind]):
        try:
            compared(asked, world)
        except AssertionError as error:
            different.append(f"{change}: {error}")

    assert different == []


def test_a_body_that_breaks_off_is_no_other_to_it(world: World) -> None:
    def broken_off() -> dict[str, Any]:
        environ = environ_of(QUICK["token by form"], world)
        return {**environ, "wsgi.input": BytesIO(environ["wsgi.input"].read(30)), "CONTENT_LENGTH": "5000"}

    assert answer(QuickPaths(WSGIHandler()), broken_off()) == answer(WSGIHandler(), broken_off())


def test_it_leaves_to_django_what_fails_before_anything_was_done(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    environ = environ_of(QUICK["review of a person"], world)
    quick = QuickPaths(WSGIHandler())
    right = answer(quick, dict(environ))
    monkeypatch.setattr("runai_identity.quick_views.caller_of", lambda *asked: 1 / 0)

    assert answer(quick, environ_of(QUICK["review of a person"], world)) == right
    assert connection.in_atomic_block


@pytest.mark.parametrize("kind", [kind for kind in QUICK if kind not in WITHOUT_STATEMENTS])
def test_what_fails_later_is_answered_and_not_done_again(
    world: World, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, written = _written_by(kind, world)
    monkeypatch.setattr(HttpResponse, "__init__", FailingOnce(HttpResponse.__init__))

    assert _written_by(kind, world) == ("500 Internal Server Error", written)


class FailingOnce:
    """Of a class's method, which fails the first time."""

    def __init__(self, method: Any) -> None:
        self.method, self.failed = method, False

    def __get__(self, instance: Any, owner: Any) -> Any:
        return lambda *args, **named: self(instance, *args, **named)

    def __call__(self, *args: Any, **named: Any) -> Any:
        if not self.failed:
            self.failed = True
            raise RuntimeError("broken")
        return self.method(*args, **named)


def _written_by(kind: str, world: World) -> tuple[str, list[str]]:
    """The status, and each statement that wrote something."""
    forget_uses()
    environ = environ_of(QUICK[kind], world)
    with CaptureQueriesContext(connection) as asked:
        told = answer(QuickPaths(WSGIHandler()), environ)
    statements = [query["sql"].partition(" VALUES")[0].partition(" WHERE")[0] for query in asked]
    return told["status"], [re.sub("'[^']*'", "?", sql) for sql in statements if sql.startswith(("INSERT", "UPDATE"))]
