"""SAML single logout in both directions (SAML Profiles §4.4)."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import GeneralSettings, Session
from accounts.signing_in import to_the_sign_in_page
from common.body_limits import takes
from sso.adapters.providers import SIGN_OUT_SALT
from sso.messages import Incoming
from sso.models import IdentityProvider
from sso.models.providers import ProviderType
from sso.services.logout import begin_logout, receive_logout_request, receive_logout_response
from sso.views.outgoing import send
from sso.views.refusals import refusal_page, with_refusal_pages

AT_ONCE = timedelta(minutes=2)
LONGEST = 350_000


@never_cache
@require_safe
@with_refusal_pages
def sign_out(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider of the session that just ended here."""
    try:
        ended = signing.loads(request.GET.get("session", ""), salt=SIGN_OUT_SALT, max_age=AT_ONCE)
    except signing.BadSignature:
        return _signed_out(request)
    session = Session.objects.filter(pk=ended).first()
    back_to = f"{settings.PUBLIC_URL}{reverse('accounts:login')}"
    outgoing = begin_logout(session, back_to=back_to) if session else None
    return send(request, outgoing) if outgoing else _signed_out(request)


@takes(most_bytes=64 * 1024)
@csrf_exempt  # posted by the provider's page; it does what its signature says
@never_cache
@require_http_methods(["GET", "POST"])
@with_refusal_pages
def logout(request: HttpRequest, alias: str) -> HttpResponse:
    """Receive the provider's LogoutRequest, or its LogoutResponse to ours, by redirect or POST."""
    provider = (
        IdentityProvider.objects.filter(alias=alias, type=ProviderType.SAML).first() if len(alias) <= 60 else None
    )
    if provider is None:
        raise Http404
    given = request.POST if request.method == "POST" else request.GET
    if "SAMLResponse" in given:
        confirmed = receive_logout_response(provider, _incoming(request, "SAMLResponse"))
        return _signed_out(request) if confirmed else _not_confirmed(request)
    if "SAMLRequest" not in given:
        return refusal_page(request, "Nothing that an identity provider sends came here.", 400)
    relay_state = str(given.get("RelayState", ""))[:80]
    ended = receive_logout_request(provider, _incoming(request, "SAMLRequest"), relay_state=relay_state)
    return send(request, ended.answer) if ended.answer else _signed_out(request)


def _incoming(request: HttpRequest, name: str) -> Incoming:
    if request.method == "POST":
        return Incoming(name, field=request.POST[name][:LONGEST])
    return Incoming(name, query=request.META.get("QUERY_STRING", "")[:LONGEST])


def _not_confirmed(request: HttpRequest) -> HttpResponse:
    """Tell that whoever uses this browser next may get in again without a password."""
    sentence = gettext(
        "You signed out here, but your organisation's sign-in did not confirm that you are signed out there too. Sign"
        " out there, or close the browser."
    )
    context = {"title": gettext("Sign-out not confirmed"), "sentence": sentence}
    return render(request, "sso/refused.html", context)


def _signed_out(request: HttpRequest) -> HttpResponse:
    elsewhere = GeneralSettings.current().logout_redirect_uri
    if elsewhere:
        return redirect(elsewhere)
    return to_the_sign_in_page()
