from collections.abc import Callable

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.inactivity import is_activity
from accounts.models import User
from accounts.services.browser import SESSION_ID, BrowserSession, look_up, note_activity
from accounts.services.sessions import SIGNED_OUT_WHY
from common.context import acting_by

# With a password that must be changed a person gets no further than these.
BEFORE_THE_PASSWORD_IS_CHANGED = ("/password", "/logout", "/static/", "/session")


class BrowserSessionMiddleware:
    """Behind Django's session stands our row: when that is over, the request is nobody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.browser_session = None  # type: ignore[attr-defined]  # read by the pages and their templates
        if request.COOKIES and request.user.is_authenticated:
            self._check(request)
        if _must_change_password(request):
            return redirect(f"{reverse('accounts:password')}{_and_then(request)}")
        return self.get_response(request)

    def _check(self, request: HttpRequest) -> None:
        browser: BrowserSession | None
        browser, why = look_up(request.session.get(SESSION_ID))
        if browser is None or browser.session.user_id != request.user.pk:
            logout(request)
            request.session[SIGNED_OUT_WHY] = why
            return
        request.browser_session = browser  # type: ignore[attr-defined]  # see above
        acting_by(session_id=browser.session.pk)
        if is_activity(request.path, request.headers):
            note_activity(browser.session)


def _and_then(request: HttpRequest) -> str:
    """Where they wanted to go: to an application that sent them here, say."""
    return f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" and request.path != "/" else ""


def _must_change_password(request: HttpRequest) -> bool:
    user = request.user
    if not isinstance(user, User) or not user.must_change_password:
        return False
    return not request.path.startswith(BEFORE_THE_PASSWORD_IS_CHANGED) and request.path != reverse("accounts:login")
