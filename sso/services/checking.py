"""Asking a directory again, while somebody is signed in, whether it still knows them, and in which groups.

OpenID Connect can, by its refresh tokens. SAML can't: there the next sign-in tells, or single logout.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Session
from accounts.services.sessions import revoke_session
from common.actors import SYSTEM
from common.encryption import decrypt, encrypt
from sso.mapping import NoEmail, map_person
from sso.models import ProviderSession
from sso.protocols import openid_of
from sso.said import Said
from sso.services.attempts import note_refusal
from sso.services.domain import within_domain
from sso.services.people import keep_up_to_date
from sso.services.sign_in import CHECKED_EVERY
from sso.trial import Refused, Source, Trial

logger = logging.getLogger(__name__)

AT_ONCE = 50
# What says that the directory knows them no more, or may not speak for them. An answer that can't be had, or read,
# signs nobody out.
ENDING = (
    "provider_failed", "no_identity", "no_email", "claim_missing", "address_not_declared", "administrator",
    "other_source",
)  # fmt: skip
AGAIN_AFTER_FAILURE = timedelta(minutes=5)


def check_due() -> int:
    """Ask about those whose time has come; how many were asked about, each by one replica."""
    due = ProviderSession.objects.select_related("session__user", "identity__provider", "identity__user")
    due = due.filter(check_at__lte=timezone.now(), session__revoked_at=None, identity__provider__enabled=True)
    return sum(_claimed(there) and _check(there) for there in due.order_by("check_at")[:AT_ONCE])


def _claimed(there: ProviderSession) -> bool:
    later = timezone.now() + AGAIN_AFTER_FAILURE
    return bool(ProviderSession.objects.filter(pk=there.pk, check_at=there.check_at).update(check_at=later))


def _check(there: ProviderSession) -> bool:
    provider, trial = there.identity.provider, Trial(source=Source.PROVIDER)
    try:
        said = openid_of(provider).ask_again(
            provider,
            refresh_token=decrypt(bytes(there.refresh_token_encrypted)).decode(),
            subject=there.identity.subject,
            trial=trial,
            now=timezone.now(),
        )
        _follow(there, said, trial)
    except Refused as refusal:
        if refusal.code in ENDING:
            note_refusal(provider, trial, code=refusal.code)
            _end_all(there)
        else:
            logger.warning("identity provider %s can't be asked again now: %s", provider.alias, refusal.code)
    return True


@transaction.atomic
def _follow(there: ProviderSession, said: Said, trial: Trial) -> None:
    provider = there.identity.provider
    try:
        person = map_person(said.attributes, provider.mapping, in_lists=provider.sends_lists)
    except NoEmail as missing:
        trial.refuse("The mapping", "no_email", str(missing))
    keep_up_to_date(there.identity, within_domain(there.identity.provider, person, trial), trial)
    known: dict[str, bytes | datetime] = {"check_at": timezone.now() + CHECKED_EVERY}
    if said.refresh_token:
        known["refresh_token_encrypted"] = encrypt(said.refresh_token.encode())
    ProviderSession.objects.filter(pk=there.pk).update(**known)


def _end_all(there: ProviderSession) -> None:
    """Of this person, whatever this provider's word began: on devices too."""
    theirs = Session.objects.live().select_related("user")
    for session in theirs.filter(user=there.session.user, provider_id=there.identity.provider_id).order_by("pk"):
        revoke_session(actor=SYSTEM, session=session, because="ended by the directory")
