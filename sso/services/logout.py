"""Single logout, begun here or at the provider."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Session
from accounts.services.sessions import revoke_session
from common.actors import SYSTEM
from common.locking import lock_to_remove
from common.wording import Wording
from sso.check_log import CheckLog, SignInRefused
from sso.messages import Incoming, Outgoing
from sso.models import IdentityProvider, ProviderSession
from sso.models.providers import NameIDFormat, ProviderType
from sso.protocols import saml
from sso.saml.values import LogoutRequest
from sso.services.attempts import SIGN_OUT, note_refusal
from sso.services.ended_there import note_ended
from sso.services.metadata import by_known_key
from sso.services.replays import record_first
from sso.services.sign_in import RecordedRefusal


def can_sign_out(session: Session) -> bool:
    """Return True if the session's provider supports logout."""
    provider_session = _provider_session(session)
    if provider_session is None or not provider_session.identity.provider.enabled:
        return False
    provider = provider_session.identity.provider
    if provider.type == ProviderType.SAML:
        return bool(provider.peer.get("sign_out"))
    return bool(provider.peer.get("end_session_endpoint"))


def begin_logout(session: Session, *, back_to: str) -> Outgoing | None:
    """Return the logout request that the browser takes to the provider; None if the provider has no place for it."""
    if not can_sign_out(session):
        return None
    provider_session = ProviderSession.objects.select_related("identity__provider").get(session=session)
    provider = provider_session.identity.provider
    if provider.type != ProviderType.SAML:
        # RP-Initiated Logout 1.0 §2; without the ID token, which is not kept, the provider may ask the person.
        asked = {"client_id": provider.client_id, "post_logout_redirect_uri": back_to}
        return Outgoing.to(str(provider.peer["end_session_endpoint"]), asked)
    return saml().request_logout(
        provider,
        subject=provider_session.name_id.get("Text") or provider_session.identity.subject,
        name_id=provider_session.name_id,
        session_index=provider_session.session_index,
        now=timezone.now(),
    )


@dataclass(frozen=True)
class LogoutResult:
    """The number of ended sessions, and the response that the browser takes back."""

    sessions: int
    answer: Outgoing | None


def receive_logout_request(provider: IdentityProvider, incoming: Incoming, *, relay_state: str) -> LogoutResult:
    """End the sessions that a LogoutRequest means, and no others; raise RecordedRefusal if it is not trusted."""
    log = CheckLog()
    try:
        _require_enabled(provider, log)
        asked = by_known_key(
            provider, log, lambda: saml().read_logout_request(provider, incoming, log=log, now=timezone.now())
        )
        ended = _end_once(provider, asked, log)
    except SignInRefused as refusal:
        noted = note_refusal(provider, log, code=refusal.code, action=SIGN_OUT)
        raise RecordedRefusal(refusal, noted) from None
    answer = saml().answer_logout(
        provider, in_response_to=asked.request_id, relay_state=relay_state, now=timezone.now()
    )
    return LogoutResult(ended, answer)


def receive_logout_response(provider: IdentityProvider, incoming: Incoming) -> bool:
    """Return True if the provider confirms that it ended the session. Nothing changes here, whatever it answers."""
    log = CheckLog()
    try:
        by_known_key(
            provider, log, lambda: saml().read_logout_response(provider, incoming, log=log, now=timezone.now())
        )
    except SignInRefused as refusal:
        note_refusal(provider, log, code=refusal.code, action=SIGN_OUT)
        return False
    return True


@transaction.atomic
def _end_once(provider: IdentityProvider, asked: LogoutRequest, log: CheckLog) -> int:
    """Note the request and end its sessions, all or nothing, after the sign-ins that are being completed.

    Those have their sessions then. Return how many ended.
    """
    lock_to_remove(provider)  # what a sign-in holds
    _refuse_repeated(provider, asked, log)
    note_ended(provider, asked)
    sessions = Session.objects.live().select_related("user").filter(_meant(provider, asked)).order_by("pk")
    return sum(revoke_session(actor=SYSTEM, session=one, because="signed out elsewhere") for one in sessions)


def _refuse_repeated(provider: IdentityProvider, asked: LogoutRequest, log: CheckLog) -> None:
    """Refuse a request that was acted upon before: it would end sessions that began since."""
    first = record_first(provider, f"logout {asked.request_id}", until=datetime.fromisoformat(asked.usable_until))
    log.require(
        first,
        "It is used for the first time",
        "replayed",
        Wording("{request_id} was sent before.", request_id=asked.request_id),
    )


def _meant(provider: IdentityProvider, asked: LogoutRequest) -> Q:
    """Filter sessions of the NameID, with one of the session indexes if there are any (SAML Core §3.7.1)."""
    how = "__iexact" if asked.name_id.get("Format") == NameIDFormat.EMAIL else ""
    called = Q(**{f"at_provider__name_id__Text{how}": asked.subject})
    # Rows from before NameIDs were stored beside the identity.
    called |= Q(**{f"at_provider__identity__subject{how}": asked.subject}) & ~Q(at_provider__name_id__has_key="Text")
    meant = called & Q(at_provider__identity__provider=provider, at_provider__identity__issuer=asked.issuer)
    if asked.session_indexes:
        meant &= Q(at_provider__session_index__in=asked.session_indexes)
    return meant


def _require_enabled(provider: IdentityProvider, log: CheckLog) -> None:
    log.require(provider.enabled, "The provider is enabled", "provider_disabled", "It is disabled.")


def _provider_session(session: Session) -> ProviderSession | None:
    return ProviderSession.objects.select_related("identity__provider").filter(session=session).first()
