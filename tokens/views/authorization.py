"""The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2), and the page that asks for consent."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Session, User
from accounts.returning import LONGEST as LONGEST_RETURN
from accounts.returning import page, part_of
from accounts.services.browser import note_activity
from accounts.signing_in import BROWSER_SESSION
from common.errors import DomainError, Invalid, Unauthenticated
from common.translating import translated
from tokens import jwt
from tokens.explanations import destination_in_words, is_on_this_device
from tokens.models import Consent
from tokens.oauth import LONGEST_QUERY, AuthorizationRequest, SendBack, authorize, read_authorization_request
from tokens.services.clients import COPIED_BY_HAND
from tokens.services.consents import remember, remembered, what_is_new
from tokens.services.grants import has_own_session
from tokens.services.kept_requests import keep_request, kept_request
from tokens.services.overview import what_it_may

# Signed, in the URL that people return to from the sign-in page: since when a client wants them to have signed in.
ASKED_AT = "asked_at"
LONGEST_SIGN_IN = timedelta(minutes=30)
LONGEST_THOUGHT = timedelta(minutes=10)
SALT = "tokens.consent"


@page
@csrf_exempt  # it changes nothing: a POST is sent on as a GET
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def authorization(request: HttpRequest) -> HttpResponse:
    try:
        if request.method == "POST":
            return send_to(f"{request.path}?{_query_in(request)}")
        return _answer(request, read_authorization_request(request))
    except SendBack as failed:
        return send_to(failed.url)
    except DomainError as refusal:
        return _refused(request, refusal)


@part_of("tokens:authorization", with_query=True)
@never_cache
@login_required
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    """Take the person's answer to the question that they were asked in this session."""
    session = _session(request)
    try:
        asked = read_authorization_request(request)
        if session is None or not _is_the_question(request, session):
            raise Unauthenticated("stale_page", "This page was too old. Go back to the application and sign in again.")
        _note_activity(request)
        if request.POST.get("decision") != "allow":
            raise asked.refused("access_denied", "The person said no.")
        if not _is_who_was_shown(request, asked):
            return _ask(request, asked, session, changed=True)
        remember(
            user=session.user,
            application=asked.application,
            scopes=asked.scope,
            audience=asked.audience,
            redirect_uri=asked.redirect_uri,
        )
        return _move_on(request, authorize(request, asked, session))
    except SendBack as failed:
        return _move_on(request, failed.url)
    except DomainError as refusal:
        return _refused(request, refusal)


@never_cache
@require_safe
def oauth_code(request: HttpRequest) -> HttpResponse:
    """Return where the oldest command line has its codes shown, for people to copy."""
    if not settings.LEGACY_REMOTE_BROWSER:
        return render(
            request,
            "error.html",
            {"title": gettext("Not found"), "sentence": gettext("There is no such page.")},
            status=404,
        )
    context = {"code": request.GET.get("code", "")[:200], "error": request.GET.get("error_description", "")[:200]}
    return render(request, "tokens/oauth_code.html", context)


def send_to(url: str) -> HttpResponse:
    """303, which no browser repeats with the body (RFC 9700 §4.12); Django's own redirect knows no private schemes."""
    return HttpResponse(status=303, headers={"Location": url, "Referrer-Policy": "no-referrer"})


@page
@never_cache
@require_safe
def kept(request: HttpRequest, reference: str) -> HttpResponse:
    """On to a request that was kept while somebody signed in."""
    query = kept_request(reference)
    if query is None:
        refusal = Invalid(
            "request_over", "It took longer than half an hour. Go back to the application and begin again."
        )
        return _refused(request, refusal)
    return send_to(f"{reverse('tokens:authorization')}?{query}")


def _answer(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    session, silent = _session(request), "none" in asked.prompt
    if session is None or _must_sign_in(request, asked, session):
        if silent:
            raise asked.refused("login_required", "The person has to sign in.")
        return _to_the_sign_in_page(request, asked)
    if not silent:
        _note_activity(request)
    if not _consents(session.user, asked):
        if silent:
            raise asked.refused("consent_required", "The person has to be asked.")
        return _ask(request, asked, session)
    return send_to(authorize(request, asked, session))


def _query_in(request: HttpRequest) -> str:
    query = request.POST.urlencode()
    if len(query) > LONGEST_QUERY:
        raise Invalid("invalid_request", f"The request is longer than {LONGEST_QUERY} bytes.")
    return query


def _session(request: HttpRequest) -> Session | None:
    browser = BROWSER_SESSION.of(request)
    return browser.session if browser else None


def _note_activity(request: HttpRequest) -> None:
    """Count what a person asks or answers here; of these addresses BrowserSessionMiddleware counts none."""
    browser = BROWSER_SESSION.of(request)
    if browser is not None and browser.by_a_person:
        note_activity(browser)


def _must_sign_in(request: HttpRequest, asked: AuthorizationRequest, session: Session) -> bool:
    """Return whether the session is too old for this client, or somebody else's than it expects."""
    if asked.id_token_hint and _hinted(asked) != str(session.user_id):
        return True
    since = _asked_at(request)
    if since is not None and session.authenticated_at.timestamp() >= since:
        return False
    if asked.prompt & {"login", "select_account"}:
        return True
    return asked.max_age is not None and session.authenticated_at <= timezone.now() - timedelta(seconds=asked.max_age)


def _hinted(asked: AuthorizationRequest) -> str:
    try:
        return str(jwt.read_hint(asked.id_token_hint)["sub"])
    except Unauthenticated:
        raise asked.refused("invalid_request", "The id_token_hint is not an ID token of ours.") from None


def _asked_at(request: HttpRequest) -> float | None:
    try:
        asked_at: float = signing.loads(request.GET.get(ASKED_AT, ""), salt=_salt(request), max_age=LONGEST_SIGN_IN)
    except signing.BadSignature:
        return None
    return asked_at


def _salt(request: HttpRequest) -> str:
    """One for each request: having signed in for one says nothing about another (OpenID Connect Core §3.1.2.1)."""
    query = request.GET.copy()
    query.pop(ASKED_AT, None)
    return f"{ASKED_AT}?{query.urlencode()}"


def _to_the_sign_in_page(request: HttpRequest, asked: AuthorizationRequest) -> HttpResponse:
    query = request.GET.copy()
    query[ASKED_AT] = signing.dumps(timezone.now().timestamp(), salt=_salt(request))
    there: dict[str, str | int] = {"again": 1, "next": _back_to(f"{request.path}?{query.urlencode()}")}
    if asked.login_hint:
        there["login_hint"] = asked.login_hint
    return send_to(f"{reverse('accounts:login')}?{urlencode(there)}")


def _back_to(address: str) -> str:
    if len(address) <= LONGEST_RETURN:
        return address
    return reverse("tokens:kept-request", args=[keep_request(address.partition("?")[2])])


def _consents(user: User, asked: AuthorizationRequest) -> bool:
    if "consent" in asked.prompt or _proves_nothing(asked):
        return False
    if asked.application.first_party:
        # But whoever reads a code off a page should know what it is for.
        return asked.application.client_id != COPIED_BY_HAND
    given = remembered(user=user, application=asked.application)
    return given is not None and not _new_to(given, asked)


def _proves_nothing(asked: AuthorizationRequest) -> bool:
    """Any program on the device could ask like this, so that people say each time what they began (RFC 8252 §8.6)."""
    return asked.application.is_public and is_on_this_device(asked.redirect_uri)


def _new_to(given: Consent, asked: AuthorizationRequest) -> list[str]:
    return what_is_new(
        given,
        application=asked.application,
        scopes=asked.scope,
        audience=asked.audience,
        redirect_uri=asked.redirect_uri,
    )


def _ask(request: HttpRequest, asked: AuthorizationRequest, session: Session, *, changed: bool = False) -> HttpResponse:
    query = request.META["QUERY_STRING"]
    given = remembered(user=session.user, application=asked.application)
    context = {
        "application": asked.application,
        "new": _new_to(given, asked) if given else [],
        "changed": changed,
        "destination": _destination(asked),
        "proves_nothing": _proves_nothing(asked),
        "may": what_it_may(asked.application, asked.scope, [asked.audience]),
        "lifetime": settings.REFRESH_LIFETIME if has_own_session(asked.application, asked.scope) else None,
        "query": query,
        "request_token": signing.dumps([str(session.pk), query, asked.application.as_shown()], salt=SALT),
    }
    return render(request, "tokens/consent.html", context)


def _destination(asked: AuthorizationRequest) -> str:
    copied = asked.application.client_id == COPIED_BY_HAND
    return gettext("a page with a code for you to copy") if copied else destination_in_words(asked.redirect_uri)


def _is_the_question(request: HttpRequest, session: Session) -> bool:
    return _question(request)[:2] == [str(session.pk), request.META["QUERY_STRING"]]


def _is_who_was_shown(request: HttpRequest, asked: AuthorizationRequest) -> bool:
    """Return False for a client that was made anew, or whose secret, keys or redirect URIs were replaced meanwhile."""
    return _question(request)[2:] == [asked.application.as_shown()]


def _question(request: HttpRequest) -> list[str]:
    try:
        question: list[str] = signing.loads(request.POST.get("request_token", ""), salt=SALT, max_age=LONGEST_THOUGHT)
    except signing.BadSignature:
        return []
    return question


def _move_on(request: HttpRequest, url: str) -> HttpResponse:
    return render(request, "moving_on.html", {"to": url, "title": gettext("Thank you")})


def _refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """Nobody is sent anywhere by a request whose client or redirect URI is wrong (RFC 6749 §4.1.2.1)."""
    context = {
        "title": gettext("This application can't sign you in"),
        "sentence": gettext("Its request was refused: %(message)s Tell its administrator.")
        % {"message": translated(refusal.message)},
    }
    return render(request, "error.html", context, status=400)
