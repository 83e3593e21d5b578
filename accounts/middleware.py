import time
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urljoin, urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.inactivity import is_activity, is_by_a_person, is_prefetch, sends_on
from accounts.models import User
from accounts.models.sessions import Method
from accounts.services.browser import SESSION_ID, BrowserSession, look_up, note_activity
from accounts.services.second_factor_policy import note_second_factor_due
from accounts.services.sessions import SAID_FOR, SIGNED_OUT_WHY
from accounts.signing_in import BROWSER_SESSION
from common.context import acting_by
from common.hashes import sha256_of
from common.numbers import whole_number

# With a password that must be changed a person gets no further than these.
BEFORE_THE_PASSWORD_IS_CHANGED = ("/password", "/choose-password", "/recover", "/logout", "/static/", "/session")

# Nor without a second factor that they must have, when their days of grace are over.
BEFORE_A_SECOND_FACTOR_IS_ADDED = ("/account/second-factors", "/login", *BEFORE_THE_PASSWORD_IS_CHANGED)

SENT_ON_FOR = 10  # seconds


class BrowserSessionMiddleware:
    """Behind Django's session stands our row: when that is over, the request is nobody's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.COOKIES or not request.user.is_authenticated:
            return self.get_response(request)
        if is_prefetch(request.headers):
            # Refused, so that the browser asks again when a person opens the page, and that is activity.
            return HttpResponse(status=503)
        browser = self._check(request)
        response: HttpResponseBase
        if _must_change_password(request):
            response = redirect(f"{reverse('accounts:password')}{_and_then(request)}")
        elif browser is not None and _must_add_second_factor(request, browser):
            response = redirect(f"{reverse('accounts:factors')}{_and_then(request)}")
        else:
            response = self.get_response(request)
        if browser is not None:
            _follow_redirect(request, response, browser)
        return response

    def _check(self, request: HttpRequest) -> BrowserSession | None:
        """Find the session behind the request, and note it if the request is activity."""
        browser, why = look_up(request.session.get(SESSION_ID))
        if browser is None or browser.session.user_id != request.user.pk:
            _forget(request, why)
            return None
        method, sent_on = request.method or "", _was_sent_on(request)
        by_a_person = not sent_on and is_by_a_person(method, request.headers)
        browser = replace(browser, by_a_person=by_a_person)
        BROWSER_SESSION.set(request, browser)
        acting_by(session_id=browser.session.pk)
        active = not sent_on and is_activity(method, request.path, request.headers)
        if active or browser.is_noted_ahead:
            note_activity(browser)
        return browser


def _forget(request: HttpRequest, why: str) -> None:
    """Go on as nobody. What ended the session has emptied Django's too, mostly, and left there why.

    Then that is taken as it is: to save it would send the cookie again, maybe after another tab has signed in.
    """
    request.user = AnonymousUser()
    request.session = type(request.session)(request.session.session_key)
    if SIGNED_OUT_WHY not in request.session:
        request.session.clear()
        request.session[SIGNED_OUT_WHY] = why
        request.session.set_expiry(SAID_FOR)


def _follow_redirect(request: HttpRequest, response: HttpResponseBase, browser: BrowserSession) -> None:
    """Mark where a browser is sent on that no person sent here: its target is no activity, and so on.

    The browser carries that along in a cookie for each target: tabs may be sent on at the same time.
    """
    if (name := _sent_on(request.path)) in request.COOKIES:
        response.delete_cookie(name, samesite="Lax")
    location = response.headers.get("Location", "")
    if not location or (browser.by_a_person and not sends_on(request.method or "", request.path)):
        return
    target = urlsplit(urljoin(request.build_absolute_uri(), location))
    if target.netloc == request.get_host():
        response.set_cookie(
            _sent_on(unquote(target.path)),
            str(int(time.time())),
            max_age=SENT_ON_FOR,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Lax",
        )


def _was_sent_on(request: HttpRequest) -> bool:
    """Return True if this address was the target of a redirect that no person asked for (`_follow_redirect`)."""
    since = whole_number(request.COOKIES.get(_sent_on(request.path), ""))
    return since is not None and 0 <= time.time() - since <= SENT_ON_FOR


def _sent_on(path: str) -> str:
    """Return the name of the cookie that marks the path as the target of such a redirect."""
    prefix = "__Host-sent-on-" if settings.HTTPS else "sent-on-"
    return prefix + sha256_of(path)[:16]


def _and_then(request: HttpRequest) -> str:
    """Return where they wanted to go: to an application that sent them here, say."""
    return f"?{urlencode({'next': request.get_full_path()})}" if request.method == "GET" and request.path != "/" else ""


def _must_change_password(request: HttpRequest) -> bool:
    """Return True if the person has to choose a password before they get to this page."""
    user = request.user
    if not isinstance(user, User) or not user.must_change_password:
        return False
    return not request.path.startswith(BEFORE_THE_PASSWORD_IS_CHANGED) and request.path != reverse("accounts:login")


def _must_add_second_factor(request: HttpRequest, browser: BrowserSession) -> bool:
    """Return True if the days of grace are over, which begin here if they have not; in sessions that are open too."""
    user, general = browser.session.user, browser.general
    if user.second_factor_since is not None or request.path.startswith(BEFORE_A_SECOND_FACTOR_IS_ADDED):
        return False
    if browser.session.method != Method.PASSWORD or not (general.asks_second_factors or user.second_factor_due_at):
        return False
    due = note_second_factor_due(user, general)
    return due is not None and due <= timezone.now()
