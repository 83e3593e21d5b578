"""Sign browsers in and out, and send them on: shared by the pages of every app."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import SessionKind
from accounts.ports.news import news
from accounts.ports.providers import providers
from accounts.returning import page_for
from accounts.services.browser import SESSION_ID, BrowserSession, follow_key
from accounts.services.sessions import (
    Proof,
    authenticate_again,
    last_sign_in,
    revoke_session,
    start_session,
)
from common.request_values import RequestValue

SIGNED_OUT = "signed-out"  # in the address of the sign-in page

BROWSER_SESSION: RequestValue[BrowserSession] = RequestValue()
"""The session of the browser that sent a request, set by BrowserSessionMiddleware; none where nobody is signed in."""


class SignedIn(HttpRequest):
    """A request that passed `login_required` behind BrowserSessionMiddleware; for the type checker."""

    user: User


def session_of(request: HttpRequest) -> Session:
    """Return the session of who is signed in; PermissionDenied where nobody is, which `login_required` rules out."""
    browser = BROWSER_SESSION.of(request)
    if browser is None:
        raise PermissionDenied
    return browser.session


@transaction.atomic(savepoint=False)
def begin(request: HttpRequest, user: User, proof: Proof, *, provider_id: UUID | None = None) -> Session:
    """Sign this browser in: a new session id (ASVS 7.2.4), and our row behind it.

    Who was signed in in the same way and proves it again keeps the session; anybody else's ends. The next page says
    what changed for this person since the last time. All in one transaction: Django's `login` too writes to the user,
    who must not be deleted meanwhile.
    """
    since = last_sign_in(user)
    session = _begin(request, user, proof, provider_id)
    for sentence in news(user, since=since):
        messages.warning(request, sentence)
    return session


def _begin(request: HttpRequest, user: User, proof: Proof, provider_id: UUID | None) -> Session:
    browser = BROWSER_SESSION.of(request)
    if browser is not None and browser.session.user == user and browser.session.provider_id == provider_id:
        authenticate_again(user=user, session=browser.session, **proof._asdict())
        request.session.cycle_key()
        follow_key(browser.session, request.session.session_key or "")
        return browser.session
    session = start_session(user=user, kind=SessionKind.BROWSER, provider_id=provider_id, **proof._asdict())
    if browser is not None:
        revoke_session(actor=browser.session.user, session=browser.session, because="signed out")
    request.session.flush()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    follow_key(session, request.session.session_key or "")
    request.session[SESSION_ID] = str(session.pk)
    return session


def where_to(request: HttpRequest) -> str:
    """Return the page to return to: ours, or home."""
    return page_for(request.POST.get("next") or request.GET.get("next") or "")


def on_to(request: HttpRequest, where: str) -> HttpResponse:
    """Redirect to an address of ours; or show a page that goes on there, where that sends the browser to a client.

    Chromium holds every redirect after a form to the form-action of the page with the form.
    """
    if not where.startswith("/auth/"):
        return redirect(where)
    # What they have to read stays until they go on.
    stay = any(message.level == messages.WARNING for message in messages.get_messages(request))
    return render(request, "moving_on.html", {"to": where, "title": gettext("You are signed in"), "stay": stay})


def sign_in_again(then: str) -> HttpResponse:
    """Send who is signed in to prove once more who they are, and then to `then`, an address of ours."""
    return redirect(f"{reverse('accounts:login')}?{urlencode({'again': '1', 'next': then})}")


@never_cache
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    browser = BROWSER_SESSION.of(request)
    there = ""
    if browser is not None:
        there = providers().sign_out_path(browser.session)
        revoke_session(actor=browser.session.user, session=browser.session, because="signed out")
    forget_browser(request)
    elsewhere = there or GeneralSettings.current().logout_redirect_uri
    if elsewhere:
        # A page that moves on, not a redirect: browsers hold those to the form-action of the page they began on.
        return render(request, "accounts/signed_out.html", {"elsewhere": elsewhere})
    return to_the_sign_in_page()


def forget_browser(request: HttpRequest) -> None:
    """Forget who this browser was: after that session has ended, whoever ended it."""
    logout(request)
    BROWSER_SESSION.forget(request)


def to_the_sign_in_page() -> HttpResponse:
    """For who signed out. Its address says so: a session would be a row for every stranger who comes this way."""
    return redirect(f"{reverse('accounts:login')}?{SIGNED_OUT}")
