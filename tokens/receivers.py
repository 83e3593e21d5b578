"""Tokens follow what happens in accounts at once; the issuance gate asks again all the same."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Session
from accounts.signals import session_revoked
from tokens.models import RefreshChain


@receiver(session_revoked)
def end_the_refresh_chains(sender: object, *, session: Session, **facts: Any) -> None:
    RefreshChain.objects.filter(session=session, revoked_at=None).update(revoked_at=timezone.now())
