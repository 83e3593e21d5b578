"""Quick paths: what machines ask for again and again is answered past what only people need.

A request of one of these kinds passes the middleware that every answer takes its headers from, and then the view or the
verb that answers it in Django as well. Sessions, cookies, CSRF tokens, messages, static files, URL patterns and Django
REST framework are left out. Whatever is not plainly such a request goes on to Django, and so does one that fails before
its first statement: the connection may be gone, and Django opens another. A later fault is answered here as Django
answers it, since what was written must not be written again. `tests/operations/test_quick_paths.py` holds that nobody
can tell which of both answered.

Nothing is kept between requests. It is WSGI, so that every server has it.
"""

import re
import time
from collections.abc import Callable, Iterable
from functools import reduce
from io import BytesIO
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIRequest
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.module_loading import import_string
from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer

from clustersync.models import CredentialKind
from clustersync.services.credentials import caller_of
from clustersync.services.review import review_token
from clustersync.tokenreview import MalformedTokenReview, parse
from common import parsers
from common.api import exception_handler
from common.bodies import Application, Environ, StartResponse
from common.bookkeeping import write_down
from common.errors import DomainError
from common.middleware import ROUTE, ReadableMiddleware, RequestContextMiddleware
from common.outages import drop_connection
from common.request_values import RequestValue
from runai_identity.housekeeping import keep_house
from runai_identity.refusals import Headers
from tokens import discovery
from tokens.api.token import TokenOut, issued_for
from tokens.views.introspection import introspection
from tokens.views.token import platform_token, token
from tokens.views.userinfo import userinfo

View = Callable[[HttpRequest], HttpResponseBase | None]

# Of settings.MIDDLEWARE what only sets headers, alike for all answers here, and redirects from http to https.
OF_HEADERS = (
    "common.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
)
LONGEST_BODY = 16 * 1024  # anybody may send as much; what is longer is judged by Django
MOST_FIELDS = 100
GRANTS = (b"grant_type=client_credentials", b"grant_type=refresh_token")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PLAIN_JSON = (JSON, f"{JSON}; charset=utf-8", f"{JSON};charset=UTF-8")
PLAIN_ACCEPT = (None, "*/*", JSON, f"{JSON}, */*")
TOKEN_FIELDS = {"client_credentials": ("clientID", "clientSecret"), "app_token": ("appID", "appSecret")}
REVIEW = re.compile(r"/api/v1/clusters/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/tokenreview")


class NotPlain(Exception):
    """The request is for Django."""


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
    response: HttpResponseBase | None
    try:
        response = found.view(request)
    except Exception as error:
        if isinstance(error, NotPlain) or not found.statements.any_done:
            raise
        response = response_for_exception(request, error)
    if response is None:
        raise NotPlain
    request.META[ROUTE] = found.route
    if "Content-Length" not in response.headers:  # as Django's CommonMiddleware says it
        response.headers["Content-Length"] = str(len(response.content))  # type: ignore[attr-defined]
    return response


def _view_of(environ: Environ) -> tuple[str, View] | None:
    """With the pattern of its route, for the metrics."""
    method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "")
    route, view = path, VIEWS.get((method, path))
    if view is None and method == "POST" and (found := REVIEW.fullmatch(path)):
        route, view = "/api/v1/clusters/<uuid:uuid>/tokenreview", ReviewPath(UUID(found[1]))
    if view is None or environ.get("HTTP_COOKIE") or environ.get("SCRIPT_NAME"):
        return None
    length = environ.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit() and int(length) <= LONGEST_BODY):
        return None
    return route, view


def _post(view: View) -> View:
    """Return a view of a form that Django takes apart as well, if its grant type is one of programs or it has none."""

    def answer(request: HttpRequest) -> HttpResponseBase | None:
        body = request.body
        other_grant = b"grant_type=" in body and not any(grant in body for grant in GRANTS)
        if request.content_type != FORM or other_grant or body.count(b"&") >= MOST_FIELDS:
            return None
        return view(request)

    return answer


def _json(request: HttpRequest) -> Any:
    """Return the body, as Django REST framework would have it parsed.

    Raise NotPlain if it would look for another form of answer.
    """
    if request.META.get("CONTENT_TYPE") not in PLAIN_JSON or request.META.get("HTTP_ACCEPT") not in PLAIN_ACCEPT:
        raise NotPlain
    if request.META.get("QUERY_STRING") and "format" in request.GET:
        raise NotPlain
    try:
        return parsers.loads(request.body)
    except ParseError:
        raise NotPlain from None


def _rendered(body: object, status: int = 200) -> HttpResponse:
    response = HttpResponse(JSONRenderer().render(body), content_type=JSON, status=status)
    response.headers["Allow"] = "POST, OPTIONS"
    return response


def _refused(refusal: DomainError) -> HttpResponse | None:
    said = exception_handler(refusal, {})
    return said and _rendered(said.data, said.status_code)


class ReviewPath:
    """`clustersync.api.tokenreview.TokenReview`, for the cluster's own webhook token."""

    def __init__(self, uuid: UUID) -> None:
        self.uuid = uuid

    def __call__(self, request: HttpRequest) -> HttpResponse | None:
        words = request.META.get("HTTP_AUTHORIZATION", "").split()
        if len(words) != 2 or words[0].lower() != "bearer":
            return None
        try:
            review = parse(_json(request))
        except MalformedTokenReview:
            return None
        cluster = caller_of(self.uuid, words[1], CredentialKind.WEBHOOK)
        try:
            return _rendered(review_token(cluster, review)) if cluster else None
        except DomainError:
            return None  # the view answers it by a Status of Kubernetes


def token_for_application(request: HttpRequest) -> HttpResponse | None:
    """`tokens.api.token.Token`, for an application that sends its own credentials and an audience at most."""
    given = _json(request)
    grant_type = given.get("grantType") if isinstance(given, dict) else None
    names = TOKEN_FIELDS.get(grant_type, ()) if isinstance(grant_type, str) else ()
    if not names or not given.keys() <= {"grantType", "audience", *names}:
        return None
    if not all(isinstance(value, str) and 0 < len(value) <= 100 and value.strip() == value for value in given.values()):
        return None
    if request.META.get("QUERY_STRING"):
        return None
    try:
        response = _rendered(TokenOut().to_representation(issued_for(given)))
    except DomainError as refusal:
        return _refused(refusal)
    response.headers["Cache-Control"] = "no-store"
    return response


_REALM = f"/auth/realms/{settings.REALM}"
_PROTOCOL = f"{_REALM}/protocol/openid-connect"
VIEWS: dict[tuple[str, str], View] = {
    ("POST", f"{_PROTOCOL}/token"): _post(token),
    ("POST", "/api/v2/token"): _post(platform_token),
    ("POST", f"{_PROTOCOL}/token/introspect"): _post(introspection),
    ("GET", f"{_PROTOCOL}/userinfo"): userinfo,
    ("POST", f"{_PROTOCOL}/userinfo"): userinfo,
    ("GET", f"{_PROTOCOL}/certs"): discovery.certs,
    ("GET", f"{_REALM}/.well-known/openid-configuration"): discovery.configuration,
    ("POST", "/api/v1/token"): token_for_application,
}
