"""Sign-in through an identity provider, under Keycloak's addresses."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Session, User
from accounts.models.sessions import Method
from accounts.services.sessions import Proof
from accounts.signing_in import begin as begin_session
from accounts.signing_in import on_to, where_to
from common.body_limits import takes
from sso.assertion import VerifiedAssertion
from sso.models import IdentityProvider
from sso.models.providers import ProviderType
from sso.protocols import saml
from sso.services import sign_in
from sso.services.sign_in import CompletedSignIn
from sso.views.outgoing import send
from sso.views.pending import PendingSignIns, remember, with_pending_sign_ins
from sso.views.refusals import may_test, refusal_page, with_refusal_pages

LONGEST_RESPONSE = 350_000  # 256 KB as base64


@never_cache
@require_safe
@with_refusal_pages
def login(request: HttpRequest, alias: str) -> HttpResponse:
    """Send this browser to the provider. With `test`, an administrator tries the provider, and nobody is signed in."""
    provider = _provider(alias)
    tester = _tester(request)
    if not provider.enabled and tester is None:
        return refusal_page(request, "This way of signing in is switched off now. Ask your administrator.", 403)
    request_id, outgoing, pending = sign_in.begin(
        provider, next=where_to(request), again="again" in request.GET, test=tester
    )
    response = send(request, outgoing)
    remember(request, response, request_id, pending)
    return response


@takes(most_bytes=256 * 1024)  # a SAML response, with the certificates and groups in it
@csrf_exempt  # posted by the provider's page; what it may do is decided by signatures, and by the page after it
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@with_pending_sign_ins
@with_refusal_pages
def endpoint(request: HttpRequest, pending: PendingSignIns, alias: str) -> HttpResponse:
    """Receive SAML responses by POST (assertion consumer service), and OpenID Connect's by GET (redirect URI)."""
    provider = _provider(alias)
    if provider.type != ProviderType.SAML:
        return _openid(request, pending, provider)
    response = request.POST.get("SAMLResponse", "")
    if not response or len(response) > LONGEST_RESPONSE:
        return refusal_page(
            request, "Nothing that an identity provider sends came here. Sign in from our own page.", 400
        )
    handle = sign_in.receive(provider, response)
    # A GET, to which browsers attach the cookie of the sign-in.
    query = {"handle": handle}
    relayed = request.POST.get("RelayState", "")
    if relayed:
        query["next"] = relayed[:2000]
    answer = redirect(f"{reverse('sso:continue', args=[alias])}?{urlencode(query)}")
    answer.status_code = 303
    return answer


@never_cache
@require_safe
@sensitive_variables("handle")
@with_pending_sign_ins
@with_refusal_pages
def finish(request: HttpRequest, pending: PendingSignIns, alias: str) -> HttpResponse:
    """Sign in by the stored assertion that this browser fetches."""
    provider = _provider(alias)
    finished = sign_in.finish(
        provider,
        handle=request.GET.get("handle", "")[:100],
        remembered=pending.recall,
        start=lambda user, assertion: _start(request, provider, user, assertion),
    )
    return _on(request, finished)


@never_cache
@require_safe
@with_refusal_pages
def descriptor(request: HttpRequest, alias: str) -> HttpResponse:
    """Show our SAML metadata for this provider."""
    provider = _provider(alias)
    if provider.type != ProviderType.SAML:
        raise Http404
    saml()  # Unavailable, where its libraries can't be loaded
    from sso.views.saml_metadata import MetadataView

    page: HttpResponse = MetadataView.as_view()(request, provider=provider)
    return page


def _openid(request: HttpRequest, pending: PendingSignIns, provider: IdentityProvider) -> HttpResponse:
    if request.method != "GET":
        return refusal_page(request, "Sign in from our own page.", 400)
    given = {name: str(value)[:LONGEST_RESPONSE] for name, value in request.GET.items()}
    finished = sign_in.finish_openid(
        provider,
        given=given,
        remembered=pending.recall,
        start=lambda user, assertion: _start(request, provider, user, assertion),
    )
    return _on(request, finished)


def _start(request: HttpRequest, provider: IdentityProvider, user: User, assertion: VerifiedAssertion) -> Session:
    at = assertion.authenticated_at
    strong_at = (at or timezone.now()) if "mfa" in assertion.methods else None
    proof = Proof(Method.FEDERATED, assertion.methods, strong_at, at, assertion.not_after)
    return begin_session(request, user, proof, provider_id=provider.pk)


def _on(request: HttpRequest, finished: CompletedSignIn) -> HttpResponse:
    if finished.session is None:
        messages.success(request, gettext("The test succeeded. Nobody was signed in by it."))
        return redirect("admin:sso_attempt_change", finished.attempt.pk)
    for sentence in finished.notices:
        messages.warning(request, sentence)
    # A provider that began the sign-in may choose the page, among ours.
    return on_to(request, finished.next if finished.next != "/" else where_to(request))


def _provider(alias: str) -> IdentityProvider:
    provider = IdentityProvider.objects.filter(alias=alias).first() if len(alias) <= 60 else None
    if provider is None:
        raise Http404
    return provider


def _tester(request: HttpRequest) -> User | None:
    """Return the administrator who asks for a test; None without `test`. Anybody else gets a 404."""
    if "test" not in request.GET:
        return None
    user = request.user
    if not isinstance(user, User) or not may_test(request):
        raise Http404
    return user
