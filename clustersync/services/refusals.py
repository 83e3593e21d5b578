"""Note refused questions about tokens in a cluster's name: written down beside the answer, never in its way."""

import logging
from datetime import timedelta
from typing import Any

from django.db import Error
from django.utils import timezone

from access.models import Scope
from clustersync.models import Cluster, ClusterCredential, CredentialKind
from clustersync.models.credentials import with_secret_hash
from clustersync.models.refusals import Reason, WebhookRefusal
from common import context
from common.bookkeeping import note
from common.hashes import sha256_of
from common.locking import try_hold
from common.outages import log_failure

logger = logging.getLogger(__name__)

# Of one reason and cluster: strangers may ask as often as they like.
NOTED_EVERY = timedelta(minutes=1)
SEEN_LATELY = timedelta(hours=1)
SHOWN_FOR = timedelta(days=7)


def note_refusal(cluster_id: str, token: str | None) -> None:
    """At most one write a minute for each reason, and no row but one for each reason of a cluster that there is.

    `token` is what was shown, None where nothing was; of it nothing is kept.
    """
    try:
        now, reason = timezone.now(), _reason(cluster_id, token)
        if WebhookRefusal.objects.filter(cluster=cluster_id, reason=reason, at__gt=now - NOTED_EVERY).exists():
            return
        if not Cluster.objects.filter(pk=cluster_id).exists():
            return
    except Error as error:
        log_failure(logger, "a refusal of a webhook could not be written down", error)
        return
    facts = {"at": now, "address": context.current().source_ip or ""}

    def write() -> None:
        if try_hold(Scope(pk=cluster_id)):
            WebhookRefusal.objects.update_or_create(cluster_id=cluster_id, reason=reason, defaults=facts)

    note("a refusal of a webhook", (cluster_id, reason), write)


def refusals_of(cluster: Cluster) -> list[WebhookRefusal]:
    """Those of a week, the latest first."""
    return list(WebhookRefusal.objects.filter(cluster=cluster, at__gt=timezone.now() - SHOWN_FOR))


def webhook_facts(cluster: Cluster) -> dict[str, Any]:
    """For the doctor: which webhook tokens are good, and whether one was seen to work since the last refusal."""
    live = list(
        cluster.credentials.live().filter(kind=CredentialKind.WEBHOOK).values_list("secret_hash", "last_used_at")
    )
    used = max((at for _, at in live if at), default=None)
    # A use is noted once a minute, so that one just before a refusal may be after it.
    refused = WebhookRefusal.objects.filter(cluster=cluster, at__gt=used - NOTED_EVERY).exists() if used else True
    works = used is not None and used > timezone.now() - SEEN_LATELY and not refused
    return {"webhook_digests": frozenset(digest for digest, _ in live), "webhook_works": works}


def _reason(cluster_id: str, token: str | None) -> Reason:
    if token is None:
        return Reason.NO_HEADER
    credential: ClusterCredential | None = with_secret_hash(sha256_of(token))
    if credential is None:
        return Reason.UNKNOWN
    if credential.kind == CredentialKind.AGENT:
        return Reason.AGENT
    return Reason.ENDED if credential.cluster_id == cluster_id else Reason.OTHER_CLUSTER
