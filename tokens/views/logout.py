"""The end session endpoint (OpenID Connect RP-Initiated Logout 1.0 §2), and the page that asks first."""

from dataclasses import asdict
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import GeneralSettings, Session
from accounts.signing_in import BROWSER_SESSION, forget_browser
from common.errors import DomainError, Invalid
from common.translating import translated
from tokens.models import Application
from tokens.services.logout import RPInitiatedLogout, is_meant, read_logout_request, sign_out
from tokens.views.authorization import send_to

SALT = "tokens.logout"
LONGEST_THOUGHT = timedelta(minutes=10)
LONGEST = 16 * 1024
LONGEST_STATE = 2000


@csrf_exempt  # a POST changes nothing: it is sent on as a GET, with which browsers send our cookie
@never_cache
@require_http_methods(["GET", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """Sign out at once if the ID token hint is valid and of this session; ask otherwise (§2)."""
    try:
        if request.method == "POST":
            return send_to(f"{request.path}?{urlencode({'request_token': _seal(_read(request.POST))})}")
        sealed = request.GET.get("request_token", "")
        asked = _unseal(sealed) if sealed else _read(request.GET)
    except DomainError as refusal:
        return _refused(request, refusal)
    session = _session(request)
    if session is not None and not is_meant(asked, session):
        return _ask(request, asked, session)
    _sign_out(request, asked, session)
    url = _where(asked)
    return send_to(url) if url else _farewell(request, asked)


@never_cache
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the person's answer, in the session in which they were asked."""
    session = _session(request)
    try:
        asked = _unseal(request.POST.get("request_token", ""), session)
    except DomainError as refusal:
        return _refused(request, refusal)
    if request.POST.get("decision") != "sign out":
        return redirect("home")
    _sign_out(request, asked, session)
    url = _where(asked)
    # A page that moves on: Chromium holds redirects to the form-action of the page with the form.
    return render(request, "moving_on.html", {"to": url, "title": GOODBYE}) if url else _farewell(request, asked)


GOODBYE = gettext_lazy("You are signed out")


def _read(given: QueryDict) -> RPInitiatedLogout:
    for name, values in given.lists():
        if len(values) > 1:
            raise Invalid("invalid_request", f"{name} stands there twice.")
        if len(values[0]) > (LONGEST_STATE if name == "state" else LONGEST) or "\x00" in values[0]:
            raise Invalid("invalid_request", f"{name} is too long, or has a NUL character.")
    return read_logout_request({name: str(value) for name, value in given.items()})


def _seal(asked: RPInitiatedLogout, session: Session | None = None) -> str:
    """So that it can't be changed on its way through the browser; the ID token itself stays out of URLs."""
    return signing.dumps([str(session.pk) if session else "", asdict(asked)], salt=SALT, compress=True)


def _unseal(sealed: str, session: Session | None = None) -> RPInitiatedLogout:
    try:
        asked_in, fields = signing.loads(sealed, salt=SALT, max_age=LONGEST_THOUGHT)
    except signing.BadSignature:
        asked_in, fields = None, {}
    if asked_in != (str(session.pk) if session else ""):
        raise Invalid("stale_page", "This page was too old.")
    return RPInitiatedLogout(**fields)


def _session(request: HttpRequest) -> Session | None:
    browser = BROWSER_SESSION.of(request)
    return browser.session if browser else None


def _sign_out(request: HttpRequest, asked: RPInitiatedLogout, session: Session | None) -> None:
    sign_out(asked, session=session)
    if session is not None:
        forget_browser(request)


def _where(asked: RPInitiatedLogout) -> str:
    """Return where an administrator sends everybody, when the client asked for no address."""
    return asked.url or ("" if asked.turned_down else GeneralSettings.current().logout_redirect_uri)


def _ask(request: HttpRequest, asked: RPInitiatedLogout, session: Session) -> HttpResponse:
    application = Application.objects.filter(client_id=asked.client_id).first()
    context = {"application": application, "request_token": _seal(asked, session)}
    return render(request, "tokens/logout.html", context)


def _farewell(request: HttpRequest, asked: RPInitiatedLogout) -> HttpResponse:
    return render(request, "tokens/signed_out.html", {"turned_down": asked.turned_down, "title": GOODBYE})


def _refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    sentence = gettext(
        "The request to sign you out was refused: %(message)s You can sign out by yourself, at the top."
    ) % {"message": translated(refusal.message)}
    context = {"title": gettext("You are not signed out"), "sentence": sentence}
    return render(request, "error.html", context, status=400)
