"""Tokens follow what happens in accounts at once; the issuance gate asks again all the same."""

from typing import Any

from django.dispatch import receiver
from django.utils import timezone

from accounts.models import Session, User
from accounts.names import of_deleted
from accounts.signals import session_revoked, user_deleted, user_renamed
from tokens.models import Application, Grant, RegistrationToken
from tokens.services.backchannel import note_logouts


@receiver(session_revoked)
def tell_the_clients_and_end_the_chains(sender: object, *, session: Session, **facts: Any) -> None:
    note_logouts(session)  # by the grants that still live
    Grant.objects.filter(session=session, revoked_at=None).update(revoked_at=timezone.now())


@receiver(user_renamed)
def keep_what_the_user_registered(sender: object, *, user: User, before: str, **facts: Any) -> None:
    """Keep who registered an application, by name: it is found when all access of that person is cut."""
    _name_who_registered(before, user.email)


@receiver(user_deleted)
def keep_what_the_user_registered_from_later_ones(sender: object, *, user: User, **facts: Any) -> None:
    """Keep who registered an application from being taken for a later user of that address."""
    _name_who_registered(user.email, of_deleted(user.email))


def _name_who_registered(before: str, after: str) -> None:
    for model in (Application, RegistrationToken):
        model._default_manager.filter(created_by=before).update(created_by=after)
