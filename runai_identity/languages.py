"""The language of a page: the person's choice, the browser's, or English. Programs are always answered in English."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers

from accounts.signing_in import BROWSER_SESSION

# Programs ask here, and read JSON; everywhere else a person looks at a page. Nothing that programs read is translated,
# whatever Accept-Language says: bodies and error messages are contract.
FOR_PROGRAMS = ("/api/", "/cli/", "/auth/", "/v1/", "/.well-known/", "/healthz", "/readyz", "/session")
OTHERS = ("/metrics", "/static/", "/branding/")
_REALM = f"/auth/realms/{settings.REALM}"
_PROTOCOL = f"{_REALM}/protocol/openid-connect"
PAGES_AMONG_THEM = (f"{_PROTOCOL}/auth", f"{_PROTOCOL}/logout", f"{_REALM}/broker/", "/api/docs")
PROGRAMS_AMONG_THOSE = (f"{_PROTOCOL}/auth/device", "/api/docs/openapi.json")


def is_page(path: str) -> bool:
    """Return True if people look at what is answered at this path."""
    if not path.startswith((*FOR_PROGRAMS, *OTHERS)):
        return True
    return path.startswith(PAGES_AMONG_THEM) and not path.startswith(PROGRAMS_AMONG_THOSE)


class LanguageMiddleware:
    """Write pages in the language of the cookie or of Accept-Language, and of signed-in people in the one they chose.

    Django's LocaleMiddleware would do the same to the API, and call every answer of it dependent on the language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not is_page(request.path_info):
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            response = self.get_response(request)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                patch_vary_headers(response, ("Accept-Language", "Cookie"))
                response.headers.setdefault("Content-Language", translation.get_language() or settings.LANGUAGE_CODE)
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Take the person's own choice, now that it is known who asks."""
        if BROWSER_SESSION.of(request) is None or not is_page(request.path_info):
            return
        chosen = getattr(request.user, "language", "")
        if chosen in dict(settings.LANGUAGES):
            translation.activate(chosen)
