"""The acts of the API before which a person with a second factor has to have signed in a moment ago (RFC 9470).

By the path of the route and the method. docs/second-factors.md lists them for people. The admin's are in
`runai_identity/step_up.py`. tests/accounts/test_api_step_up.py holds that each writing method is here or said to be
ordinary.
"""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access.leading import leading
from access.models import ScopeType
from accounts.models import GeneralSettings, User
from runai_identity.becoming import by_address, by_joining

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself imports this module, as a default permission class

SENSITIVE: Mapping[str, Collection[str]] = {
    # who signs in, and how
    "api/v1/users/<uuid:pk>": {"PATCH"},
    "api/v1/users/<uuid:pk>/password": {"POST"},
    "api/v1/users/<uuid:pk>/invitation": {"POST"},
    "api/v1/users/<uuid:pk>/second-factors": {"DELETE"},
    "api/v1/users/<uuid:pk>/cut-access": {"POST"},
    "api/v1/security/settings/<str:key>": {"PUT"},
    "api/v1/idps": {"POST"},
    "api/v1/idps/<str:alias>": {"PUT", "DELETE"},
    "api/v1/idps/<str:alias>/mappers": {"PUT"},
    # secrets
    "api/v1/apps": {"POST"},
    "api/v1/apps/<uuid:pk>": {"PATCH"},
    "api/v1/apps/<uuid:pk>/secret": {"POST"},
    "api/v1/service-accounts": {"POST"},
    "api/v1/service-accounts/<uuid:pk>": {"PATCH"},
    "api/v1/service-accounts/<uuid:pk>/secret": {"POST"},
    # clusters: their tokens, and the flags by which they take older ones
    "api/v1/clusters": {"POST"},
    "api/v1/clusters/<uuid:uuid>": {"PATCH"},
    "api/v1/clusters/<uuid:uuid>/webhook-token": {"POST"},
    "api/v1/clusters/<uuid:uuid>/agent-token": {"POST"},
}
RULES = "api/v1/authorization/access-rules"
MEMBERS = "api/v1/groups/<uuid:pk>/members"
USERS = "api/v1/users"
"""A new rule, member or user is sensitive by what it gives."""


class InsufficientUserAuthentication(APIException):
    """Tell the client within how many seconds its person has to have signed in (RFC 9470 §3)."""

    status_code = 401
    default_code = "insufficient_user_authentication"

    def __init__(self, max_age: int) -> None:
        message = f"This needs a sign-in of the last {max_age // 60} minutes: sign in again, and use the new token."
        super().__init__(message)
        self.auth_header = f'Bearer error="{self.default_code}", error_description="{message}", max_age="{max_age}"'


class RecentlyAuthenticated(BasePermission):
    """Ask before a sensitive act how long ago the token's person signed in, if they have a second factor.

    Applications have none, and nobody there who could be asked.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        claims: Any = request.auth or {}
        if not is_sensitive(request) or not _has_second_factor(request.user, claims):
            return True
        within = GeneralSettings.current().step_up_within
        signed_in = claims.get("auth_time")
        if not isinstance(signed_in, int) or signed_in <= (timezone.now() - within).timestamp():
            raise InsufficientUserAuthentication(int(within.total_seconds()))
        return True


def is_sensitive(request: Request) -> bool:
    match = request.resolver_match
    route = match.route if match else ""
    if request.method == "POST":
        if route == RULES:
            return _may_make_an_administrator(request.data)
        if route == USERS:
            return not isinstance(request.data, Mapping) or by_address(request.data.get("email"))
        if match and route == MEMBERS:
            return by_joining(match.kwargs["pk"])
    return request.method in SENSITIVE.get(route, ())


def _may_make_an_administrator(sent: Any) -> bool:
    """Return False only for a role that can't lead to System administrator, in a place where none does."""
    strong = {id_ for type_, ids in leading().items() if type_ != ScopeType.SYSTEM for id_ in ids}
    weak = {str(role) for role in leading()[ScopeType.SYSTEM] - strong}
    if not isinstance(sent, Mapping) or not isinstance(sent.get("scopeType"), str):
        return True
    return str(sent.get("roleId")) not in weak or sent["scopeType"] == ScopeType.SYSTEM


def _has_second_factor(caller: object, claims: Mapping[str, Any]) -> bool:
    """Return True for a person with a second factor here, or who showed one at their identity provider."""
    return isinstance(caller, User) and (caller.second_factor_since is not None or "mfa" in claims.get("amr", ()))
