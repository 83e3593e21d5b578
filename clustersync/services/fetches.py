"""Which cluster fetched our keys, and when: written down beside the answer, never in its way."""

import ipaddress
import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.utils import timezone

from clustersync.models import Cluster, KeyFetch
from clustersync.models.fetches import Source

logger = logging.getLogger(__name__)

NOTED_EVERY = timedelta(minutes=1)


def note_fetch(cluster: Cluster, *, kids: Sequence[str], source: Source, address: str) -> None:
    """At most one write a minute, unless the keys are others than before."""
    try:
        with transaction.atomic():
            _note(cluster, list(kids), source, address)
    except DatabaseError:
        logger.exception("a fetch of the keys could not be written down")


def note_fetch_from(address: str, *, kids: Sequence[str]) -> None:
    """The same, of the clusters that have API servers at this address."""
    try:
        with transaction.atomic():
            clusters = [cluster for cluster in Cluster.objects.exclude(api_addresses=[]) if _is_at(cluster, address)]
    except DatabaseError:
        logger.exception("a fetch of the keys could not be written down")
        return
    for cluster in clusters:
        note_fetch(cluster, kids=kids, source=Source.ADDRESS, address=address)


def _note(cluster: Cluster, kids: list[str], source: Source, address: str) -> None:
    now = timezone.now()
    last = KeyFetch.objects.filter(cluster=cluster).first()
    if last and last.at > now - NOTED_EVERY and last.kids == kids:
        return
    facts = {"at": now, "kids": kids, "source": source, "address": address}
    KeyFetch.objects.update_or_create(cluster=cluster, defaults=facts)


def _is_at(cluster: Cluster, address: str) -> bool:
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(here in ipaddress.ip_network(network) for network in cluster.api_addresses)
