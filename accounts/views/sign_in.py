"""The sign-in page, and where people go from it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import SignInForm
from accounts.models import GeneralSettings
from accounts.models.users import normalize_email
from accounts.providers import providers
from accounts.returning import page_for
from accounts.services.sessions import (
    SIGNED_OUT_WHY,
)
from accounts.services.sign_in import check_password
from accounts.views.browser_session import SIGNED_OUT, begin
from common.errors import Unauthenticated


def where_to(request: HttpRequest) -> str:
    """The page to return to: ours, or home."""
    return page_for(request.POST.get("next") or request.GET.get("next") or "")


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and not _is_again(request):
        return _already_signed_in(request)
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
    # Said until somebody signs in: several tabs may come here.
    why = request.session.get(SIGNED_OUT_WHY, "")
    if request.method == "GET" and SIGNED_OUT in request.GET:
        why = why or "You are signed out."
    return _sign_in_page(request, form, why=why, status=status)


def _sign_in_page(request: HttpRequest, form: SignInForm, *, why: str, status: int) -> HttpResponse:
    context = {
        "form": form,
        "next": where_to(request),
        "why": why,
        "again": _is_again(request),
        "buttons": providers().buttons(),
        "and_then": _and_then(request),
    }
    return render(request, "accounts/login.html", context, status=status)


def _is_again(request: HttpRequest) -> bool:
    """Return True if whoever is signed in has to prove it once more."""
    return "again" in request.GET or "again" in request.POST


def _already_signed_in(request: HttpRequest) -> HttpResponse:
    """Send on who signed in from another tab; who would be somebody else here is told of it."""
    typed, email = request.POST.get("email", ""), request.user.get_username()
    if typed and normalize_email(typed) != email:
        messages.warning(request, f"This browser is signed in as {email}. Sign out first to sign in as somebody else.")
        return redirect("home")
    return redirect(where_to(request))


def _and_then(request: HttpRequest) -> str:
    """What a sign-in elsewhere has to know of this one."""
    again = {"again": "1"} if _is_again(request) else {}
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


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a page that stood open while somebody signed in or out in another tab, or a browser without cookies."""
    if request.path == reverse("accounts:login"):
        return _sign_in_once_more(request)
    context = {
        "title": "Please try again",
        "sentence": "This page was too old, or your browser did not send our cookie. Open it again and send it.",
        "to": page_for(request.get_full_path()),
        "link": "Open it again",
    }
    return render(request, "error.html", context, status=403)


def _sign_in_once_more(request: HttpRequest) -> HttpResponse:
    """The credentials count for nothing without the token. Who is signed in goes on, anybody else gets a new page."""
    if request.user.is_authenticated and not _is_again(request):
        return _already_signed_in(request)
    why = "Please try again: this page was too old, or your browser did not send our cookie."
    form = SignInForm(initial={"email": request.POST.get("email", "")[:254]})
    return _sign_in_page(request, form, why=why, status=403)
