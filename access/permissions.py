"""Deny by default: a view that doesn't declare what a method needs refuses it."""

from typing import TYPE_CHECKING

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from access.services import rules_allowing
from common.api import PUBLIC, SIGNED_IN, Needs, Requires, caller

if TYPE_CHECKING:
    from rest_framework.views import APIView  # which itself imports this module, as the default permission class

NOTHING: Requires = {}


class DeclaredPermission(BasePermission):
    """Asks for what the view declares in `requires`; the verb behind it asks again, for the exact scope."""

    message = "You do not have sufficient permissions."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        requires: Requires = getattr(view, "requires", NOTHING)
        # Who may GET may ask for the headers alone (RFC 9110 §9.3.2).
        method = "GET" if request.method == "HEAD" else request.method or ""
        if requires is PUBLIC or method == "OPTIONS" or not hasattr(view, method.lower()):
            return True  # a method the view doesn't have gets its 405, and OPTIONS is one: there is no metadata class
        if request.user is None:
            raise NotAuthenticated("Send an access token: Authorization: Bearer <token>.")
        if requires is SIGNED_IN:
            return True
        needs = requires.get(method) if isinstance(requires, dict) else None
        return needs is not None and _holds(request, needs)


def _holds(request: Request, needs: Needs) -> bool:
    return rules_allowing(caller(request), needs.action, needs.resource_type).exists()
