from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.forms import PasswordForm, SignInForm
from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import Kind, Method
from accounts.news import news
from accounts.providers import providers
from accounts.services.browser import SESSION_ID, BrowserSession, follow_key, look_up, stay
from accounts.services.passwords import change_password
from accounts.services.sessions import (
    SIGNED_OUT_WHY,
    authenticate_again,
    last_sign_in,
    revoke_all,
    revoke_session,
    start_session,
)
from accounts.services.sign_in import check_password
from common.errors import DomainError, Unauthenticated


class SignedIn(HttpRequest):
    """A request that passed `login_required` behind BrowserSessionMiddleware; for the type checker."""

    user: User
    browser_session: BrowserSession


LONGEST_NEXT = 2000
SIGNED_OUT = "signed-out"  # in the address of the sign-in page
BACKEND = "access.backends.AccessBackend"


def where_to(request: HttpRequest) -> str:
    """The page to return to: ours, or home."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = len(wanted) <= LONGEST_NEXT and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if ours and wanted.startswith("/") and not wanted.startswith("/logout") else "/"


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    again = "again" in request.GET or "again" in request.POST
    if request.user.is_authenticated and not again:
        return redirect(where_to(request))
    if request.method == "GET" and (elsewhere := _sent_elsewhere(request)):
        return redirect(elsewhere)
    form = SignInForm(request.POST or None, initial={"email": request.GET.get("login_hint", "")[:254]})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            begin(request, check_password(**form.cleaned_data))
        except Unauthenticated as refusal:
            form.add_error(None, refusal.message)
            status = 401
        else:
            return on_to(request, where_to(request))
    why = request.session.pop(SIGNED_OUT_WHY, "")
    if request.method == "GET" and SIGNED_OUT in request.GET:
        why = why or "You are signed out."
    context = {
        "form": form,
        "next": where_to(request),
        "why": why,
        "again": again,
        "buttons": providers().buttons(),
        "and_then": _and_then(request),
    }
    return render(request, "accounts/login.html", context, status=status)


def _and_then(request: HttpRequest) -> str:
    """What a sign-in elsewhere has to know of this one."""
    again = {"again": "1"} if "again" in request.GET or "again" in request.POST else {}
    return urlencode({"next": where_to(request), **again})


def _sent_elsewhere(request: HttpRequest) -> str:
    """Where Settings | General sends people who come to sign in, unless they ask for this page or just signed out."""
    if request.GET.keys() & {"local", SIGNED_OUT} or SIGNED_OUT_WHY in request.session:
        return ""
    button = providers().button(GeneralSettings.current().auto_redirect_alias)
    return f"{button.path}?{_and_then(request)}" if button else ""


def on_to(request: HttpRequest, where: str) -> HttpResponse:
    """On to a page of ours; by a page where that one sends browsers on to a client.

    Chromium holds every redirect after a form to the form-action of the page with the form.
    """
    if not where.startswith("/auth/"):
        return redirect(where)
    # What they have to read stays until they go on.
    stay = any(message.level == messages.WARNING for message in messages.get_messages(request))
    return render(request, "moving_on.html", {"to": where, "title": "You are signed in", "stay": stay})


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
    what changed for this person since the last time.
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
    if browser is not None:
        revoke_session(actor=browser.session.user, session=browser.session, because="signed out")
    session = start_session(
        user=user,
        kind=Kind.BROWSER,
        method=method,
        provider_id=provider_id,
        authenticated_at=authenticated_at,
        not_after=not_after,
    )
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


@never_cache
@sensitive_post_parameters()
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: SignedIn) -> HttpResponse:
    """Change one's own password; the first sign-in with a temporary one gets no further before that."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _change(request, form):
        messages.success(request, "Your password is changed. You are signed out everywhere else.")
        return on_to(request, where_to(request))
    context = {"form": form, "forced": request.user.must_change_password, "next": where_to(request)}
    return render(request, "accounts/password.html", context)


def _change(request: SignedIn, form: PasswordForm) -> bool:
    session = request.browser_session.session
    try:
        change_password(
            user=request.user, current=form.cleaned_data["current"], new=form.cleaned_data["new"], keep=session
        )
    except Unauthenticated:
        form.add_error("current", "The current password is not right, or was tried too often.")
    except DomainError as refusal:
        form.add_error("new", refusal.message)
    else:
        update_session_auth_hash(request, request.user)  # a new session id with it
        follow_key(session, request.session.session_key or "")
        return True
    return False


@never_cache
@login_required
@require_GET
def home(request: SignedIn) -> HttpResponse:
    return render(request, "accounts/home.html", {"groups": request.user.group_set.order_by("name")})


@login_required
@require_GET
def sessions(request: SignedIn) -> HttpResponse:
    """Where the list was before it had a page with all else of one's account."""
    return redirect("account")


@login_required
@require_POST
def end_session(request: SignedIn, pk: UUID) -> HttpResponse:
    session = get_object_or_404(request.user.sessions, pk=pk)
    if session == request.browser_session.session:
        return sign_out(request)
    revoke_session(actor=request.user, session=session, because="ended by its owner")
    messages.success(request, "That session is ended.")
    return redirect("account")


@login_required
@require_POST
def end_other_sessions(request: SignedIn) -> HttpResponse:
    user, this = request.user, request.browser_session.session
    ended = revoke_all(actor=user, user=user, because="ended by its owner", keep=this)
    messages.success(request, f"Signed out elsewhere: {ended} session{'' if ended == 1 else 's'}.")
    return redirect("account")


@never_cache
@require_GET
def seconds_left(request: HttpRequest) -> JsonResponse:
    """The clock of the warning dialog. Asking it is never activity."""
    browser = request.browser_session  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware
    left = (browser.ends_at - timezone.now()).total_seconds() if browser else 0
    return JsonResponse({"secondsLeft": max(0, int(left))})


@never_cache
@require_POST
def stay_signed_in(request: HttpRequest) -> JsonResponse:
    browser = request.browser_session  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware
    if browser is None:
        return JsonResponse({"secondsLeft": 0}, status=401)
    stay(browser.session)
    renewed, _ = look_up(browser.session.pk)
    left = (renewed.ends_at - timezone.now()).total_seconds() if renewed else 0
    return JsonResponse({"secondsLeft": int(left)})


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a sign-in page that stood open over a restart, or a browser without cookies."""
    context = {
        "title": "Please try again",
        "sentence": "This page was too old, or your browser did not send our cookie. Go back, reload it and try again.",
    }
    return render(request, "error.html", context, status=403)
