"""Ask a directory again, during a session, whether it still knows the user, and in which groups.

OpenID Connect offers this by refresh tokens. SAML has nothing like it but single logout and the next sign-in.
"""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Session
from accounts.services.sessions import revoke_session
from common.actors import SYSTEM
from common.encryption import decrypt, encrypt
from common.errors import NotFound
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog, CheckSource, SignInRefused
from sso.mapping import MissingEmail, map_attributes
from sso.models import ProviderSession
from sso.protocols import openid_of
from sso.services.attempts import note_refusal
from sso.services.declarations import restrict_to_declared
from sso.services.provider_sessions import CHECKED_EVERY
from sso.services.provisioning import resync_user

logger = logging.getLogger(__name__)

AT_ONCE = 50
# Refusals that end the session: the directory no longer knows the user, or may not assert them. A failed request or an
# unreadable response ends nothing.
ENDING = (
    "provider_failed",
    "no_identity",
    "no_email",
    "claim_missing",
    "address_not_declared",
    "administrator",
    "other_source",
)
AGAIN_AFTER_FAILURE = timedelta(minutes=5)


def recheck_due() -> int:
    """Recheck the sessions that are due, each by one replica; return how many."""
    due = ProviderSession.objects.select_related("session__user", "identity__provider", "identity__user")
    due = due.filter(check_at__lte=timezone.now(), session__revoked_at=None, identity__provider__enabled=True)
    return sum(
        _claimed(provider_session) and _checked(provider_session)
        for provider_session in due.order_by("check_at")[:AT_ONCE]
    )


def _claimed(provider_session: ProviderSession) -> bool:
    later = timezone.now() + AGAIN_AFTER_FAILURE
    return bool(
        ProviderSession.objects.filter(pk=provider_session.pk, check_at=provider_session.check_at).update(
            check_at=later
        )
    )


def _checked(provider_session: ProviderSession) -> bool:
    with suppress(NotFound):  # deleted while the provider was asked
        _check(provider_session)
    return True


def _check(provider_session: ProviderSession) -> None:
    provider, log = provider_session.identity.provider, CheckLog(source=CheckSource.PROVIDER)
    try:
        assertion = openid_of(provider).refresh(
            provider,
            refresh_token=decrypt(bytes(provider_session.refresh_token_encrypted)).decode(),
            subject=provider_session.identity.subject,
            log=log,
            now=timezone.now(),
        )
        _follow(provider_session, assertion, log)
    except SignInRefused as refusal:
        if refusal.code in ENDING:
            note_refusal(provider, log, code=refusal.code)
            _end_all(provider_session)
        else:
            logger.warning("identity provider %s can't be asked again now: %s", provider.alias, refusal.code)


@transaction.atomic
def _follow(provider_session: ProviderSession, assertion: VerifiedAssertion, log: CheckLog) -> None:
    provider = provider_session.identity.provider
    try:
        mapped = map_attributes(assertion.attributes, provider.mapping, in_lists=provider.sends_lists)
    except MissingEmail as missing:
        log.refuse("The mapping", "no_email", str(missing))
    resync_user(provider_session.identity, restrict_to_declared(provider_session.identity.provider, mapped, log), log)
    known: dict[str, bytes | datetime] = {"check_at": timezone.now() + CHECKED_EVERY}
    if assertion.refresh_token:
        known["refresh_token_encrypted"] = encrypt(assertion.refresh_token.encode())
    ProviderSession.objects.filter(pk=provider_session.pk).update(**known)


def _end_all(provider_session: ProviderSession) -> None:
    """End all sessions of the user that this provider authenticated, including device sessions."""
    theirs = Session.objects.live().select_related("user")
    for session in theirs.filter(
        user=provider_session.session.user, provider_id=provider_session.identity.provider_id
    ).order_by("pk"):
        revoke_session(actor=SYSTEM, session=session, because="ended by the directory")
