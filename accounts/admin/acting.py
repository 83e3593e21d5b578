from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.models import User


def acting(request: HttpRequest) -> User:
    """Return the person at the page, as the actor of its verbs."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
