"""Middleware of every request: it sets the request's id and address, and writes a line to the log."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from functools import cache
from typing import Any

from csp import middleware as csp
from csp.constants import HEADER
from csp.utils import build_policy
from django.conf import settings
from django.core.exceptions import BadRequest, DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, get_resolver, resolve

from common import context
from common.forwarding import client_address, keep_a_trusted_scheme
from common.request_values import RequestValue
from common.requests import UNREADABLE

logger = logging.getLogger("request")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LONGEST_USER_AGENT = 300
MOST_PARAMETERS = 100
SHARED_FILES = "/branding/"  # of this path everything is the same for everybody
OUTAGE: RequestValue[str] = RequestValue()  # why the request's line in the log is a warning
# In the environment of WSGI.
ROUTE = "runai_identity.route"  # the pattern of the view that answered
TRACE = "runai_identity.trace"  # the id of the request's trace, if traces are configured


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        keep_a_trusted_scheme(request)
        here = context.RequestContext(
            request_id=uuid.uuid4().hex,
            trace_id=request.META.get(TRACE, ""),
            caller_request_id=_callers_id(request),
            source_ip=client_address(request),
            user_agent=request.META.get("HTTP_USER_AGENT", "").replace("\x00", "")[:_LONGEST_USER_AGENT],
            method=request.method or "",
            path=request.path.replace("\x00", "")[:500],
        )
        token = context.enter(here)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = here.request_id
            if request.resolver_match:
                request.META[ROUTE] = f"/{request.resolver_match.route}"
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            facts = {"status": response.status_code, "ms": milliseconds}
            if outage := OUTAGE.of(request):
                logger.warning("%s %s: %s", here.method, here.path, outage, extra=facts)
            else:
                logger.info("%s %s", here.method, here.path, extra=facts)
            return response
        finally:
            context.leave(token)


def _callers_id(request: HttpRequest) -> str:
    """Kept beside ours: whoever chooses their own could choose somebody else's."""
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    return given if _REQUEST_ID.fullmatch(given) else ""


class UnreadableRequest(BadRequest):
    """A request that no view is asked about; the message says what to do."""

    status, code = 400, "bad_request"


class BodyTooLong(UnreadableRequest):
    """A body that is longer than is read (RFC 9110 §15.5.14)."""

    status, code = 413, "body_too_large"


class ReadableMiddleware:
    """Answer what no view can read, inside of Django's SecurityMiddleware, so that the answer has its headers too.

    Nothing is stored by browsers and proxies unless the view says how long: an answer of the API is about somebody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: HttpResponseBase
        if why := _why_unreadable(request, any_host=_is_probe(request)):
            refuse: Any = get_resolver().resolve_error_handler(400)
            response = refuse(request, UnreadableRequest(why))
        else:
            response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class ProbeMiddleware:
    """Answer probes before anything asks for the host name: a kubelet names the pod's address, which changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not _is_probe(request):
            return self.get_response(request)
        response: HttpResponse = resolve(request.path_info).func(request)
        response["Content-Length"] = str(len(response.content))
        return response


class SharedFilesMiddleware:
    """Answer what is the same for everybody before sessions and languages are looked at, like a static file."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(SHARED_FILES):
            return self.get_response(request)
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        response["Content-Length"] = str(len(response.content))
        return response


def _is_probe(request: HttpRequest) -> bool:
    return request.path_info in settings.PROBES


def _why_unreadable(request: HttpRequest, *, any_host: bool) -> str:
    if why := UNREADABLE.of(request):
        return why
    # PostgreSQL can't store NUL, and no name, id or token of ours contains one.
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return "There is a NUL character in the address."
    if request.META.get("QUERY_STRING", "").count("&") >= MOST_PARAMETERS:
        return f"The address has more than {MOST_PARAMETERS} parameters."
    try:
        if not any_host:
            request.get_host()
    except DisallowedHost:
        return (
            "This server does not go by that host name. Use its own address, or have the name added to ALLOWED_HOSTS."
        )
    return ""


class CSPMiddleware(csp.CSPMiddleware):
    """django-csp's; the policy of nearly all responses is put together once, which takes it 60 microseconds each."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if settings.DEBUG or any(name.startswith("_csp") for name in vars(response)):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, _usual_policy())
        return response


@cache
def _usual_policy() -> str:
    return build_policy()
