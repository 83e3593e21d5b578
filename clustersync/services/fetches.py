"""Which cluster fetched our keys, and when: written down beside the answer, never in its way."""

import ipaddress
import logging
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

from django.db import Error
from django.utils import timezone

from access.models import Scope
from clustersync.models import Cluster, KeyFetch
from clustersync.models.fetches import FetchSource
from common.bookkeeping import note
from common.locking import try_hold
from common.outages import log_failure

logger = logging.getLogger(__name__)

NOTED_EVERY = timedelta(minutes=1)


def note_fetch(cluster_id: str, *, kids: Sequence[str], source: FetchSource, address: str) -> None:
    """At most one write a minute, unless the keys are others than before."""
    now = timezone.now()
    try:
        last = KeyFetch.objects.filter(cluster=cluster_id).first()
    except Error as error:
        log_failure(logger, "a fetch of the keys could not be written down", error)
        return
    if last and last.at > now - NOTED_EVERY and last.kids == list(kids):
        return
    facts = {"at": now, "kids": list(kids), "source": source, "address": address}

    def write() -> None:
        if try_hold(Scope(pk=cluster_id)):
            KeyFetch.objects.update_or_create(cluster_id=cluster_id, defaults=facts)

    note("a fetch of the keys", cluster_id, write)


def note_fetch_from(address: str, *, kids: Sequence[str]) -> None:
    """Note a fetch of the clusters that have API servers at this address."""
    for cluster_id in _clusters_at(address):
        note_fetch(cluster_id, kids=kids, source=FetchSource.ADDRESS, address=address)


def _clusters_at(address: str) -> list[str]:
    try:
        here = ipaddress.ip_address(address)
        networks = list(Cluster.objects.exclude(api_addresses=[]).values_list("pk", "api_addresses"))
    except ValueError:
        return []
    except Error as error:
        log_failure(logger, "a fetch of the keys could not be written down", error)
        return []
    return [pk for pk, there in networks if any(here in _network(network) for network in there)]


@lru_cache(maxsize=10_000)
def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """Anybody fetches keys, and to read the networks of a thousand clusters takes ten milliseconds."""
    return ipaddress.ip_network(text)
