"""The habits of the published API: what a view declares, and what an error looks like.

Error body: `{"code": int, "message": str, "details"?: str}`; `code` repeats the HTTP status, `details` carries the
stable error code.
"""

import logging
from enum import Enum
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from common import errors
from common.actors import Principal

logger = logging.getLogger(__name__)


class Access(Enum):
    """An alternative for `requires` of a view to a table of permissions by method."""

    PUBLIC = "public"
    SIGNED_IN = "signed in"


PUBLIC = Access.PUBLIC
SIGNED_IN = Access.SIGNED_IN


class Needs(NamedTuple):
    """The permission that the caller needs in some scope; the verb then checks the exact scope."""

    resource_type: str
    action: str


LONGEST_MESSAGE = 2000

Requires = dict[str, Needs] | Access

STATUS_OF_KIND: dict[type[errors.DomainError], int] = {
    errors.Invalid: status.HTTP_400_BAD_REQUEST,
    errors.Unauthenticated: status.HTTP_401_UNAUTHORIZED,
    errors.Forbidden: status.HTTP_403_FORBIDDEN,
    errors.NotFound: status.HTTP_404_NOT_FOUND,
    errors.Conflict: status.HTTP_409_CONFLICT,
    errors.Outdated: status.HTTP_412_PRECONDITION_FAILED,
    errors.TooMany: status.HTTP_429_TOO_MANY_REQUESTS,
    errors.Unavailable: status.HTTP_503_SERVICE_UNAVAILABLE,
}


def caller(request: Request) -> Principal:
    """Return the caller that `DeclaredPermission` admitted. A view without a declared permission fails here."""
    if not isinstance(request.user, Principal):
        raise exceptions.NotAuthenticated
    return request.user


def changes_in(given: serializers.BaseSerializer[Any]) -> dict[str, Any]:
    """Return the changes of a PATCH; Invalid if there are none."""
    if not given.validated_data:
        raise errors.Invalid("nothing_to_change", "Send at least one field that can be changed.")
    return dict(given.validated_data)


class ErrorBody(serializers.Serializer[object]):
    """The published error; for the API's description."""

    code = serializers.IntegerField()
    message = serializers.CharField()
    details = serializers.CharField(required=False)


class CountOut(serializers.Serializer[object]):
    count = serializers.IntegerField()


def refusals(*codes: int) -> dict[int, type[ErrorBody]]:
    """Return the error answers that a view's description lists."""
    return dict.fromkeys(codes, ErrorBody)


def error_body(status_code: int, message: str, details: str = "") -> dict[str, object]:
    if len(message) > LONGEST_MESSAGE:  # it repeats what was sent
        message = f"{message[:LONGEST_MESSAGE]}…"
    body: dict[str, object] = {"code": status_code, "message": message}
    if details:
        body["details"] = details
    return body


def status_of(error: errors.DomainError) -> int:
    return next(code for kind, code in STATUS_OF_KIND.items() if isinstance(error, kind))


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into the published error body; the unknown stays an exception, and a logged 500."""
    if isinstance(exc, errors.DomainError):
        code = status_of(exc)
        response = Response(error_body(code, exc.message, exc.code), status=code)
        if isinstance(exc, errors.TooMany):
            response["Retry-After"] = str(exc.retry_after)
        if code == status.HTTP_401_UNAUTHORIZED:
            response["WWW-Authenticate"] = context["view"].get_authenticate_header(context["request"]) or "Bearer"
    elif isinstance(exc, Http404):
        response = _plain(404, "No such resource, or none that you may see.", "not_found")
    elif isinstance(exc, PermissionDenied):
        response = _plain(403, "You do not have sufficient permissions.", "forbidden")
    elif isinstance(exc, RequestDataTooBig):
        response = _plain(413, "The request body is too large.", "body_too_large")
    elif isinstance(exc, exceptions.APIException):
        response = _from_rest_framework(exc)
    else:
        return None
    return response


def _plain(code: int, message: str, details: str) -> Response:
    return Response(error_body(code, message, details), status=code)


def _from_rest_framework(exc: exceptions.APIException) -> Response:
    response = _plain(exc.status_code, _sentence(exc.detail), _code_of(exc))
    if header := getattr(exc, "auth_header", None):
        response["WWW-Authenticate"] = header
    return response


def _code_of(exc: exceptions.APIException) -> str:
    codes = exc.get_codes()
    return codes if isinstance(codes, str) else exc.default_code


def _sentence(detail: Any, field: str = "") -> str:
    """Flatten DRF's nested validation detail into one line that names each field."""
    if isinstance(detail, dict):
        # An item of a list stands under its number.
        named = {key for key in detail if isinstance(key, str) and key != "non_field_errors"}
        return " ".join(_sentence(inner, key if key in named else field) for key, inner in detail.items())
    if isinstance(detail, list):
        return " ".join(_sentence(inner, field) for inner in detail)
    return f"{field}: {detail}" if field else str(detail)
