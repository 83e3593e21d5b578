"""Tokens follow what happens in accounts at once; the issuance gate asks again all the same."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Session
from accounts.signals import session_revoked
from tokens.models import RefreshChain
from tokens.services.backchannel import note_logouts


@receiver(session_revoked)
def tell_the_clients_and_end_the_chains(sender: object, *, session: Session, **facts: Any) -> None:
    note_logouts(session)  # by the chains that still live
    RefreshChain.objects.filter(session=session, revoked_at=None).update(revoked_at=timezone.now())
