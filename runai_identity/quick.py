"""Quick paths: what machines ask for again and again is answered past what only people need.

A request of one of these kinds passes the middleware that every answer takes its headers from, and then the view or the
verb that answers it in Django as well. Sessions, cookies, CSRF tokens, messages, static files, URL patterns and Django
REST framework are left out. Whatever is not plainly such a request goes on to Django, and so does one that fails before
its first statement: the connection may be gone, and Django opens another. A later fault is answered here as Django
answers it, since what was written must not be written again. `tests/operations/test_quick_paths.py` holds that nobody
can tell which of both answered.

Nothing is kept between requests. It is WSGI, so that every server has it.
"""

import time
from collections.abc import Callable, Iterable
from functools import reduce
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.module_loading import import_string

from common.bodies import Application, Environ, StartResponse
from common.bookkeeping import write_down
from common.middleware import ROUTE, ReadableMiddleware, RequestContextMiddleware
from common.outages import drop_connection
from common.request_values import RequestValue
from runai_identity.housekeeping import keep_house
from runai_identity.quick_views import NotPlain, View, view_at
from runai_identity.refusals import Headers

# Of settings.MIDDLEWARE what only sets headers, alike for all answers here, and redirects from http to https.
OF_HEADERS = (
    "common.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
)
LONGEST_BODY = 16 * 1024  # anybody may send as much; what is longer is judged by Django


class Statements:
    """Wraps the statements of a request, to know whether one was executed."""

    def __init__(self) -> None:
        self.any_done = False

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        answer = execute(*statement)
        self.any_done = True
        return answer


class Found(NamedTuple):
    """The pattern of the route, its view, and what was executed of the request."""

    route: str
    view: View
    statements: Statements


FOUND: RequestValue[Found] = RequestValue()


class SameHeaders:
    """In the place of OF_HEADERS: the headers that they give an empty answer, made once for http and for https."""

    def __init__(self) -> None:
        self._by_scheme: dict[bool, Headers] = {}

    def added_to(self, response: HttpResponseBase, request: HttpRequest) -> Headers:
        """Return all headers of the answer. The response's own win, as with the middleware."""
        is_secure = request.is_secure()
        if is_secure not in self._by_scheme:
            self._by_scheme[is_secure] = _headers_for(request)
        own = [*response.items()]
        names = {name.lower() for name, _ in own}
        return own + [header for header in self._by_scheme[is_secure] if header[0].lower() not in names]


def _headers_for(request: HttpRequest) -> Headers:
    innermost: Any = lambda request: HttpResponse()  # noqa: E731
    chain: Any = reduce(lambda inner, name: import_string(name)(inner), reversed(OF_HEADERS), innermost)
    return [(name, value) for name, value in chain(request).items() if name != "Content-Type"]


class QuickPaths:
    """WSGI middleware in front of Django's handler."""

    def __init__(self, django: Application) -> None:
        self.django = django
        self._chain: Any = RequestContextMiddleware(_unless_redirected(ReadableMiddleware(_answered)))
        self._same = SameHeaders()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        found = _view_of(environ)
        if found is None:
            return self.django(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        statements = Statements()
        try:
            request = WSGIRequest(environ)
            FOUND.set(request, Found(*found, statements))
            with connection.execute_wrapper(statements):
                response: HttpResponse = self._chain(request)
        except Exception as error:
            if statements.any_done and not isinstance(error, NotPlain):
                raise
            if isinstance(error, OperationalError | InterfaceError):
                drop_connection()
            environ["wsgi.input"] = BytesIO(body)
            return self.django(environ, start_response)
        start_response(f"{response.status_code} {response.reason_phrase}", self._same.added_to(response, request))
        return Answer([response.content])


class Answer(list[bytes]):
    """An answer that the server closes when it is sent, as it closes Django's."""

    def close(self) -> None:
        """Do what receivers of Django's `request_finished` do, without a new look at the connection each time."""
        write_down()
        ends_at = getattr(connection, "close_at", None)
        ended = connection.errors_occurred or (ends_at is not None and time.monotonic() >= ends_at)
        if ended and not connection.in_atomic_block:  # but for tests, no transaction is open here
            close_old_connections()
        keep_house(None)


def _unless_redirected(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Leave to Django what its SecurityMiddleware sends on to https."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            raise NotPlain
        return get_response(request)

    return answer


def _answered(request: HttpRequest) -> HttpResponseBase:
    """Answer as the innermost of the chain."""
    found = FOUND.of(request)
    if found is None:
        raise NotPlain
    try:
        response = found.view(request)
    except Exception as error:
        if isinstance(error, NotPlain) or not found.statements.any_done:
            raise
        response = response_for_exception(request, error)
    request.META[ROUTE] = found.route
    if "Content-Length" not in response.headers:  # as Django's CommonMiddleware says it
        response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
    return response


def _view_of(environ: Environ) -> tuple[str, View] | None:
    """Return the route and the view of a request that has a quick path by its head; None for any other."""
    found = view_at(environ["REQUEST_METHOD"], environ.get("PATH_INFO", ""))
    if environ.get("HTTP_COOKIE") or environ.get("SCRIPT_NAME"):
        return None
    length = environ.get("CONTENT_LENGTH") or "0"
    return found if length.isascii() and length.isdigit() and int(length) <= LONGEST_BODY else None
