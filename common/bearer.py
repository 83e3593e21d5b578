"""The bearer token of a request (RFC 6750 §2.1)."""

from django.http import HttpRequest
from rest_framework.request import Request


def bearer_token(request: HttpRequest | Request) -> str | None:
    """Return the token of `Authorization: Bearer <token>`; None for anything else.

    The scheme's name may be written in capitals or small letters (RFC 9110 §11.1).
    """
    words = request.META.get("HTTP_AUTHORIZATION", "").split()
    return words[1] if len(words) == 2 and words[0].lower() == "bearer" else None
