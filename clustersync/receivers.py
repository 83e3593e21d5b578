from typing import Any

from django.dispatch import receiver

from clustersync.services.fetches import note_fetch_from
from common import context
from tokens.signals import jwks_fetched


@receiver(jwks_fetched)
def note_who_fetched_the_keys(sender: object, *, kids: list[str], **facts: Any) -> None:
    if address := context.current().source_ip:
        note_fetch_from(address, kids=kids)
