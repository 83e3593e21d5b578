"""What every request passes: first of all it gets an id and an address, and leaves a line in the log."""

import ipaddress
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
from django.http import HttpRequest, HttpResponseBase
from django.middleware import security
from django.urls import get_resolver

from common import context

logger = logging.getLogger("request")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_LONGEST_USER_AGENT = 300


class RequestContextMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
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


def client_address(request: HttpRequest) -> str | None:
    """The caller's IP address: the right-most X-Forwarded-For entry that no trusted proxy added.

    The header counts only when the connection comes from TRUSTED_PROXIES; anything else in it was typed by a stranger.
    """
    hops = [request.META.get("REMOTE_ADDR", "")]
    hops += reversed(request.headers.get("X-Forwarded-For", "").split(","))
    nearest = None
    for hop in hops:
        address = _address(hop)
        if address is None:
            break
        nearest = address
        if not any(address in network for network in settings.TRUSTED_PROXIES):
            break
    return str(nearest) if nearest else None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """One spelling per host: no IPv6 zone (PostgreSQL's inet has none), and no IPv4 address dressed as IPv6."""
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class Unreadable(BadRequest):
    """A request that no view is asked about; the message says what to do."""


class SecurityMiddleware(security.SecurityMiddleware):
    """Django's, which also answers what no view can read, so that those answers have its headers too.

    Nothing is stored by browsers and proxies unless the view says how long: an answer of the API is about somebody.
    """

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response: Any
        if why := _why_unreadable(request):
            refuse: Any = get_resolver().resolve_error_handler(400)
            response = refuse(request, Unreadable(why))
        else:
            response = self.process_request(request) or self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return self.process_response(request, response)


def _why_unreadable(request: HttpRequest) -> str:
    # PostgreSQL can't store NUL, and no name, id or token of ours contains one.
    if "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
        return "There is a NUL character in the address."
    try:
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
