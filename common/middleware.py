"""What every request passes: first of all it gets an id and an address, and leaves a line in the log."""

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
from django.urls import get_resolver, resolve

from common import context
from common.forwarding import client_address, keep_a_trusted_scheme

logger = logging.getLogger("request")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LONGEST_USER_AGENT = 300
_MOST_PARAMETERS = 100


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        keep_a_trusted_scheme(request)
        here = context.RequestContext(
            request_id=uuid.uuid4().hex,
            caller_request_id=_callers_id(request),
            source_ip=client_address(request),
            user_agent=request.headers.get("User-Agent", "").replace("\x00", "")[:_LONGEST_USER_AGENT],
            method=request.method or "",
            path=request.path.replace("\x00", "")[:500],
        )
        token = context.enter(here)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = here.request_id
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            logger.info("%s %s", here.method, here.path, extra={"status": response.status_code, "ms": milliseconds})
            return response
        finally:
            context.leave(token)


def _callers_id(request: HttpRequest) -> str:
    """Kept beside ours: whoever chooses their own could choose somebody else's."""
    given = request.headers.get("X-Request-ID", "")
    return given if _REQUEST_ID.fullmatch(given) else ""


class Unreadable(BadRequest):
    """A request that no view is asked about; the message says what to do."""


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
            response = refuse(request, Unreadable(why))
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


def _is_probe(request: HttpRequest) -> bool:
    return request.path_info in settings.PROBES


def _why_unreadable(request: HttpRequest, *, any_host: bool) -> str:
    # PostgreSQL can't store NUL, and no name, id or token of ours contains one.
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return "There is a NUL character in the address."
    if request.META.get("QUERY_STRING", "").count("&") >= _MOST_PARAMETERS:
        return f"The address has more than {_MOST_PARAMETERS} parameters."
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
