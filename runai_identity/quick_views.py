"""The requests that have a quick path (runai_identity/quick.py), and what answers each of them.

A view raises NotPlain for a request that is not as programs usually send it.
"""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from rest_framework.exceptions import ParseError
from rest_framework.renderers import JSONRenderer

from clustersync.models import CredentialKind
from clustersync.services.credentials import caller_of
from clustersync.services.review import review_token
from clustersync.tokenreview import MalformedTokenReview, parse
from common import parsers
from common.api import exception_handler
from common.bearer import bearer_token
from common.errors import DomainError
from tokens import discovery
from tokens.api.token import TokenOut, issued_for
from tokens.views.introspection import introspection
from tokens.views.token import platform_token, token
from tokens.views.userinfo import userinfo

View = Callable[[HttpRequest], HttpResponseBase]

MOST_FIELDS = 100
GRANTS = (b"grant_type=client_credentials", b"grant_type=refresh_token")
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
PLAIN_JSON = (JSON, f"{JSON}; charset=utf-8", f"{JSON};charset=UTF-8")
PLAIN_ACCEPT = (None, "*/*", JSON, f"{JSON}, */*")
TOKEN_FIELDS = {"client_credentials": ("clientID", "clientSecret"), "app_token": ("appID", "appSecret")}
REVIEW = re.compile(r"/api/v1/clusters/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/tokenreview")


class NotPlain(Exception):
    """The request is for Django."""


def _post(view: View) -> View:
    """Return a view of a form that Django takes apart as well, if its grant type is one of programs or it has none."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        body = request.body
        other_grant = b"grant_type=" in body and not any(grant in body for grant in GRANTS)
        if request.content_type != FORM or other_grant or body.count(b"&") >= MOST_FIELDS:
            raise NotPlain
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


def _refused(refusal: DomainError) -> HttpResponse:
    said = exception_handler(refusal, {})
    if said is None:
        raise NotPlain
    return _rendered(said.data, said.status_code)


class ReviewPath:
    """`clustersync.api.tokenreview.TokenReview`, for the cluster's own webhook token."""

    def __init__(self, uuid: UUID) -> None:
        self.uuid = uuid

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = bearer_token(request)
        if token is None:
            raise NotPlain
        try:
            review = parse(_json(request))
        except MalformedTokenReview:
            raise NotPlain from None
        cluster = caller_of(self.uuid, token, CredentialKind.WEBHOOK)
        if cluster is None:
            raise NotPlain
        try:
            return _rendered(review_token(cluster, review))
        except DomainError:
            raise NotPlain from None  # the view answers it by a Status of Kubernetes


def token_for_application(request: HttpRequest) -> HttpResponse:
    """`tokens.api.token.Token`, for an application that sends its own credentials and an audience at most."""
    given = _json(request)
    grant_type = given.get("grantType") if isinstance(given, dict) else None
    names = TOKEN_FIELDS.get(grant_type, ()) if isinstance(grant_type, str) else ()
    if not names or not given.keys() <= {"grantType", "audience", *names}:
        raise NotPlain
    if not all(isinstance(value, str) and 0 < len(value) <= 100 and value.strip() == value for value in given.values()):
        raise NotPlain
    if request.META.get("QUERY_STRING"):
        raise NotPlain
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


def view_at(method: str, path: str) -> tuple[str, View] | None:
    """Return the view at the path, with the pattern of its route for the metrics; None if it has no quick path."""
    if view := VIEWS.get((method, path)):
        return path, view
    if method == "POST" and (found := REVIEW.fullmatch(path)):
        return "/api/v1/clusters/<uuid:uuid>/tokenreview", ReviewPath(UUID(found[1]))
    return None
