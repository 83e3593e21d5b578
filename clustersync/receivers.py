from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.names import of_deleted
from accounts.signals import user_deleted, user_renamed
from clustersync.models import ClusterCredential
from clustersync.services.fetches import note_fetch_from
from common import context
from tokens.signals import jwks_fetched


@receiver(jwks_fetched)
def note_who_fetched_the_keys(sender: object, *, kids: list[str], **facts: Any) -> None:
    if address := context.current().source_ip:
        note_fetch_from(address, kids=kids)


@receiver(user_renamed)
def keep_whose_credentials_they_are(sender: object, *, user: User, before: str, **facts: Any) -> None:
    """Keep who made a credential, by name: it is reported when all access of that person is cut."""
    ClusterCredential.objects.filter(created_by=before).update(created_by=user.email)


@receiver(user_deleted)
def keep_credentials_from_later_users(sender: object, *, user: User, **facts: Any) -> None:
    """Keep who made a credential from being taken for a later user of that address."""
    ClusterCredential.objects.filter(created_by=user.email).update(created_by=of_deleted(user.email))
