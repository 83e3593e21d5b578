"""The device authorization endpoint (RFC 8628 §3.1), and the page where people enter the code (§3.3)."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Session
from accounts.returning import page
from accounts.signing_in import session_of
from common.errors import DomainError, Invalid
from tokens.explanations import ago, program_in_words
from tokens.models import DeviceCode
from tokens.models.applications import GrantType
from tokens.services.devices import approve, deny, find_waiting, start_device
from tokens.services.overview import what_it_may
from tokens.views.client_authentication import answer, audience_in, client_of, oauth_error, parameters

SALT = "tokens.device"
# kubectl oidc-login has no parameter for an audience where a device asks, only scopes; Dex reads one of this form.
AUDIENCE_SCOPE = "audience:server:client_id:"
LONGEST_CODE = 20


@csrf_exempt
@require_POST
def device_authorization(request: HttpRequest) -> HttpResponse:
    try:
        given = parameters(request)
        application = client_of(request, given)
        if not application.allows(GrantType.DEVICE_CODE):
            raise Invalid("unauthorized_client", "This client is not registered for the device grant.")
        scope, audience = _asked_for(request, given)
        waiting = start_device(application=application, scope=scope, audience=audience)
    except DomainError as refusal:
        return oauth_error(refusal)
    page = settings.PUBLIC_URL + reverse("tokens:device")
    return answer(
        {
            "device_code": waiting.device_code,
            "user_code": waiting.user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={waiting.user_code}",
            "expires_in": waiting.expires_in,
            "interval": waiting.interval,
        }
    )


@page
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Enter the code, see what waits, decide. A code in the URL is filled in, but entered by the person."""
    session = session_of(request)
    typed = (request.POST.get("user_code") or request.GET.get("user_code") or "")[:LONGEST_CODE]
    if request.method != "POST":
        return _form(request, typed)
    try:
        if "decision" in request.POST:
            return _decide(request, session)
        return _confirm(request, session, find_waiting(typed, user=session.user))
    except DomainError as refusal:
        return _form(request, typed, refusal.message)


def _asked_for(request: HttpRequest, given: dict[str, str]) -> tuple[list[str], str]:
    """Return the scope, and the one audience that it or a parameter names."""
    wanted = given.get("scope", "").split()
    named = {name.removeprefix(AUDIENCE_SCOPE) for name in wanted if name.startswith(AUDIENCE_SCOPE)}
    if "" in named:
        raise Invalid("invalid_scope", f"The scope {AUDIENCE_SCOPE} names no audience: write it after the last colon.")
    audiences = {audience_in(request), *named} - {""}
    if len(audiences) > 1:
        raise Invalid("invalid_target", "Ask for one audience at a time: each token has one.")
    scope = [name for name in wanted if not name.startswith(AUDIENCE_SCOPE)]
    return scope, audiences.pop() if audiences else ""


def _form(request: HttpRequest, typed: str, refusal: str = "") -> HttpResponse:
    context = {"user_code": typed, "refusal": refusal}
    return render(request, "tokens/device.html", context, status=400 if refusal else 200)


def _confirm(request: HttpRequest, session: Session, waiting: DeviceCode) -> HttpResponse:
    context = {
        "waiting": waiting,
        "since": ago(waiting.created_at, now=timezone.now()),
        "program": program_in_words(waiting.user_agent),
        "may": what_it_may(waiting.application, waiting.scope.split(), [waiting.audience]),
        "lifetime": settings.REFRESH_LIFETIME,
        "request_token": signing.dumps([str(session.pk), waiting.pk, waiting.application.as_shown()], salt=SALT),
    }
    return render(request, "tokens/device_confirm.html", context)


def _decide(request: HttpRequest, session: Session) -> HttpResponse:
    waiting = _the_one_shown(request, session)
    allowed = request.POST["decision"] == "allow"
    (approve if allowed else deny)(session=session, waiting=waiting)
    return render(request, "tokens/device_done.html", {"application": waiting.application, "allowed": allowed})


def _the_one_shown(request: HttpRequest, session: Session) -> DeviceCode:
    try:
        shown_to, pk, shown = signing.loads(
            request.POST.get("request_token", ""), salt=SALT, max_age=settings.DEVICE_CODE_LIFETIME
        )
    except signing.BadSignature:
        shown_to, pk, shown = "", "", ""
    waiting = DeviceCode.objects.select_related("application").filter(pk=pk).first()
    if shown_to != str(session.pk) or waiting is None or waiting.application.as_shown() != shown:
        raise Invalid("unknown_user_code", "This page was too old. Enter the code again.")
    return waiting
