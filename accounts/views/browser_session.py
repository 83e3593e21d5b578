"""Begin and end the session of a browser."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import Kind, Method
from accounts.news import news
from accounts.providers import providers
from accounts.services.browser import SESSION_ID, BrowserSession, follow_key
from accounts.services.sessions import (
    authenticate_again,
    last_sign_in,
    revoke_session,
    start_session,
)


class SignedIn(HttpRequest):
    """A request that passed `login_required` behind BrowserSessionMiddleware; for the type checker."""

    user: User
    browser_session: BrowserSession


SIGNED_OUT = "signed-out"  # in the address of the sign-in page
BACKEND = "access.backends.AccessBackend"


@transaction.atomic
def begin(
    request: HttpRequest,
    user: User,
    *,
    method: Method = Method.PASSWORD,
    provider_id: UUID | None = None,
    authenticated_at: datetime | None = None,
    not_after: datetime | None = None,
) -> Session:
    """Sign this browser in: a new session id (ASVS 7.2.4), and our row behind it.

    Who was signed in in the same way and proves it again keeps the session; anybody else's ends. The next page says
    what changed for this person since the last time. All in one transaction: Django's `login` too writes to the user,
    who must not be deleted meanwhile.
    """
    since = last_sign_in(user)
    session = _begin(request, user, method, provider_id, authenticated_at, not_after)
    for sentence in news(user, since=since):
        messages.warning(request, sentence)
    return session


def _begin(
    request: HttpRequest,
    user: User,
    method: Method,
    provider_id: UUID | None,
    authenticated_at: datetime | None,
    not_after: datetime | None,
) -> Session:
    browser: BrowserSession | None = request.browser_session  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware
    if browser is not None and browser.session.user == user and browser.session.provider_id == provider_id:
        authenticate_again(user=user, session=browser.session, authenticated_at=authenticated_at, not_after=not_after)
        request.session.cycle_key()
        follow_key(browser.session, request.session.session_key or "")
        return browser.session
    session = start_session(
        user=user,
        kind=Kind.BROWSER,
        method=method,
        provider_id=provider_id,
        authenticated_at=authenticated_at,
        not_after=not_after,
    )
    if browser is not None:
        revoke_session(actor=browser.session.user, session=browser.session, because="signed out")
    request.session.flush()
    login(request, user, backend=BACKEND)
    follow_key(session, request.session.session_key or "")
    request.session[SESSION_ID] = str(session.pk)
    return session


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    browser = request.browser_session  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware
    there = ""
    if browser is not None:
        there = providers().sign_out_path(browser.session)
        revoke_session(actor=browser.session.user, session=browser.session, because="signed out")
    logout(request)
    request.browser_session = None  # type: ignore[attr-defined]  # see above
    elsewhere = there or GeneralSettings.current().logout_redirect_uri
    if elsewhere:
        # A page that moves on, not a redirect: browsers hold those to the form-action of the page they began on.
        return render(request, "accounts/signed_out.html", {"elsewhere": elsewhere})
    return to_the_sign_in_page()


def to_the_sign_in_page() -> HttpResponse:
    """For who signed out. Its address says so: a session would be a row for every stranger who comes this way."""
    return redirect(f"{reverse('accounts:login')}?{SIGNED_OUT}")
