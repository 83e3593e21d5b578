"""The sign-in page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.forms import PasskeyForm, SignInForm
from accounts.models import GeneralSettings, User
from accounts.models.users import normalize_email
from accounts.names import LONGEST_EMAIL
from accounts.ports.providers import providers
from accounts.returning import on_the_way_in, page_for
from accounts.services.passkeys import ask_anybody, check_first
from accounts.services.recovery import offers_recovery
from accounts.services.second_step import has_second_step
from accounts.services.sessions import SIGNED_OUT_WHY, Proof
from accounts.services.sign_in import check_password
from accounts.signing_in import SIGNED_OUT, begin, on_to, where_to
from accounts.views.between_steps import wait_for_second_step
from common.errors import TooMany, Unauthenticated
from common.translating import translated


@on_the_way_in
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and not is_again(request):
        return _already_signed_in(request)
    if request.method == "GET" and (elsewhere := _sent_elsewhere(request)):
        return redirect(elsewhere)
    form = SignInForm(request.POST or None, initial={"email": _expected(request)})
    status, busy = 200, None
    if request.method == "POST" and form.is_valid():
        try:
            return go_in(request, check_password(**form.cleaned_data))
        except Unauthenticated as refusal:
            form.add_error(None, translated(refusal.message))
            status = 401
        except TooMany as refusal:
            form.add_error(None, translated(refusal.message))
            status, busy = 429, refusal
    # Said until somebody signs in: several tabs may come here.
    why = request.session.get(SIGNED_OUT_WHY, "")
    if request.method == "GET" and SIGNED_OUT in request.GET:
        why = why or gettext("You are signed out.")
    response = _sign_in_page(request, form, why=why, status=status)
    if busy is not None:
        response["Retry-After"] = str(busy.retry_after)
    return response


@never_cache
@require_http_methods(["POST"])
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in by a passkey alone: it is something that one has, and it verified who holds it."""
    given = PasskeyForm(request.POST)
    try:
        if not given.is_valid():
            raise Unauthenticated("bad_passkey", "The browser sent no passkey. Try again, or sign in by your password.")
        user, proof = check_first(**given.cleaned_data)
        begin(request, user, proof)
    except Unauthenticated as refusal:
        form = SignInForm(initial={"email": ""})
        return _sign_in_page(request, form, why="", status=401, error=refusal.message)
    return on_to(request, where_to(request))


def go_in(request: HttpRequest, user: User) -> HttpResponse:
    """Sign in who has shown the password, or just chosen it; who has a second factor shows that first."""
    if has_second_step(user):
        return _to_the_second_step(request, user)
    begin(request, user, Proof())
    return _to_the_factors(request) if user.second_factor_due_at else on_to(request, where_to(request))


def _to_the_factors(request: HttpRequest) -> HttpResponse:
    """Lead who must add a second factor there first; in the days of grace they may go on."""
    return redirect(f"{reverse('accounts:factors')}?{urlencode({'next': where_to(request)})}")


def _to_the_second_step(request: HttpRequest, user: User) -> HttpResponse:
    """Nobody is signed in by this: only the next page knows that the password was right."""
    wait_for_second_step(request, user)
    return redirect(f"{reverse('accounts:second-step')}?{and_then(request)}")


def _sign_in_page(request: HttpRequest, form: SignInForm, *, why: str, status: int, error: str = "") -> HttpResponse:
    context = {
        "form": form,
        "next": where_to(request),
        "why": why,
        "error": error,
        "passkey": ask_anybody(),
        "again": is_again(request),
        "buttons": providers().buttons(),
        "and_then": and_then(request),
        "recovery": offers_recovery(),
    }
    return render(request, "accounts/login.html", context, status=status)


def _expected(request: HttpRequest) -> str:
    """Return the e-mail that the form begins with: whoever proves once more who they are need not type it."""
    hint = request.GET.get("login_hint", "")[:LONGEST_EMAIL]
    return hint or (request.user.email if request.user.is_authenticated else "")


def is_again(request: HttpRequest) -> bool:
    """Return True if whoever is signed in has to prove it once more."""
    return "again" in request.GET or "again" in request.POST


def _already_signed_in(request: HttpRequest) -> HttpResponse:
    """Send on who signed in from another tab; who would be somebody else here is told of it."""
    typed, email = request.POST.get("email", ""), request.user.get_username()
    if typed and normalize_email(typed) != email:
        messages.warning(
            request,
            gettext("This browser is signed in as %(email)s. Sign out first to sign in as somebody else.")
            % {"email": email},
        )
        return redirect("home")
    return redirect(where_to(request))


def and_then(request: HttpRequest) -> str:
    """Return what a sign-in elsewhere has to know of this one."""
    again = {"again": "1"} if is_again(request) else {}
    return urlencode({"next": where_to(request), **again})


def _sent_elsewhere(request: HttpRequest) -> str:
    """Return where Settings | General sends people who sign in, unless they ask for this page or just signed out."""
    if request.GET.keys() & {"local", SIGNED_OUT} or SIGNED_OUT_WHY in request.session:
        return ""
    button = providers().button(GeneralSettings.current().auto_redirect_alias)
    return f"{button.path}?{and_then(request)}" if button else ""


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Mostly a page that stood open while somebody signed in or out in another tab, or a browser without cookies."""
    if request.path == reverse("accounts:login"):
        return _sign_in_once_more(request)
    context = {
        "title": gettext("Please try again"),
        "sentence": gettext(
            "This page was too old, or your browser did not send our cookie. Open it again and send it."
        ),
        "to": page_for(request.get_full_path()),
        "link": gettext("Open it again"),
    }
    return render(request, "error.html", context, status=403)


def _sign_in_once_more(request: HttpRequest) -> HttpResponse:
    """Ignore credentials without the token. Whoever is signed in goes on; anybody else gets a new page."""
    if request.user.is_authenticated and not is_again(request):
        return _already_signed_in(request)
    why = gettext("Please try again: this page was too old, or your browser did not send our cookie.")
    form = SignInForm(initial={"email": request.POST.get("email", "")[:LONGEST_EMAIL]})
    return _sign_in_page(request, form, why=why, status=403)
