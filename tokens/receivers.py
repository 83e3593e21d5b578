"""Tokens follow what happens in accounts at once; the issuance gate asks again all the same."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Session, User
from accounts.signals import session_revoked, user_renamed
from tokens.models import Application, RefreshChain, RegistrationToken
from tokens.services.backchannel import note_logouts


@receiver(session_revoked)
def tell_the_clients_and_end_the_chains(sender: object, *, session: Session, **facts: Any) -> None:
    note_logouts(session)  # by the chains that still live
    RefreshChain.objects.filter(session=session, revoked_at=None).update(revoked_at=timezone.now())


@receiver(user_renamed)
def keep_what_the_user_registered(sender: object, *, user: User, before: str, **facts: Any) -> None:
    """By the name of who registered it, an application is found when all access of that person is cut."""
    for model in (Application, RegistrationToken):
        model._default_manager.filter(created_by=before).update(created_by=user.email)
