"""What a browser remembers of the sign-ins that it began: in Django's session, whose cookie is its own."""

from dataclasses import asdict

from django.http import HttpRequest

from sso.services.sign_in import Begun

KEY = "sso_begun"
MOST = 5  # tabs in which somebody signs in at once


def remember(request: HttpRequest, request_id: str, begun: Begun) -> None:
    kept = dict(request.session.get(KEY, {}))
    kept[request_id] = asdict(begun)
    request.session[KEY] = dict(list(kept.items())[-MOST:])


def recall(request: HttpRequest, request_id: str) -> Begun | None:
    """Once."""
    kept = dict(request.session.get(KEY, {}))
    begun = kept.pop(request_id, None)
    if begun is None:
        return None
    request.session[KEY] = kept
    return Begun(**begun)
