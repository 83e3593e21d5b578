import hashlib
import hmac
import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from access.models import TENANT_ID, Scope, ScopeType
from access.services import create_scope, delete_scope, permitted, require
from clustersync.models import Cluster, with_uuid
from common.actors import Actor
from common.errors import Invalid

EDITABLE = frozenset({"enabled", "username_claim", "username_prefix", "groups_prefix", "accepts_shared_audience"})


@transaction.atomic
def register_cluster(*, actor: Actor, name: str, **details: Any) -> tuple[Cluster, str]:
    """Make a cluster's place in the tree, its audience and its webhook credential, which is answered this once.

    `details` are the fields of `EDITABLE`.
    """
    tenant = Scope.objects.get(pk=TENANT_ID)
    scope = create_scope(actor=actor, type_=ScopeType.CLUSTER, name=name, parent=tenant)
    token = new_webhook_token()
    cluster = Cluster(
        scope=scope,
        slug=scope.name,
        # Part of the id, so that a later cluster of the same name never accepts this one's tokens.
        audience=f"{settings.SHARED_AUDIENCE}-{scope.name}-{scope.pk[:8]}",
        webhook_token_hash=hash_webhook_token(token),
        webhook_token_rotated_at=timezone.now(),
        created_by=str(actor),
        **_checked(details),
    )
    _validate(cluster)
    cluster.save(force_insert=True)
    audit.record("cluster:register", actor=actor, target=cluster, cluster_id=cluster.pk, audience=cluster.audience)
    return cluster, token


@transaction.atomic
def update_cluster(*, actor: Actor, cluster: Cluster, **changes: Any) -> Cluster:
    require(actor, "update", "cluster", cluster.scope)
    for field, value in _checked(changes).items():
        setattr(cluster, field, value)
    _validate(cluster)
    cluster.save(update_fields=[*changes, "updated_at"])
    audit.record("cluster:update", actor=actor, target=cluster, cluster_id=cluster.pk, **changes)
    return cluster


@transaction.atomic
def rotate_webhook_token(*, actor: Actor, cluster: Cluster) -> str:
    """Give a new webhook credential, which is answered this once; the old one is refused from now on."""
    require(actor, "update", "cluster", cluster.scope)
    token = new_webhook_token()
    cluster.webhook_token_hash = hash_webhook_token(token)
    cluster.webhook_token_rotated_at = timezone.now()
    cluster.save(update_fields=["webhook_token_hash", "webhook_token_rotated_at", "updated_at"])
    audit.record("cluster:webhook-token:rotate", actor=actor, target=cluster, cluster_id=cluster.pk)
    return token


@transaction.atomic
def delete_cluster(*, actor: Actor, cluster: Cluster) -> None:
    """Remove a cluster that has no departments, with the access rules that end there."""
    audit.record("cluster:deregister", actor=actor, target=cluster, cluster_id=cluster.pk)
    delete_scope(actor=actor, scope=cluster.scope)


def visible_clusters(actor: Actor) -> QuerySet[Cluster]:
    return Cluster.objects.filter(scope__in=permitted(actor, "read", "cluster")).select_related("scope")


def caller_of(uuid: UUID, token: str) -> Cluster | None:
    """The cluster with this id and webhook credential; None when either is not right."""
    cluster = with_uuid(str(uuid))
    stored = cluster.webhook_token_hash if cluster else ""
    return cluster if hmac.compare_digest(stored, hash_webhook_token(token)) else None


def new_webhook_token() -> str:
    return secrets.token_urlsafe(32)


def hash_webhook_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _checked(details: dict[str, Any]) -> dict[str, Any]:
    unknown = details.keys() - EDITABLE
    if unknown:
        raise Invalid("not_editable", f"These can't be set: {', '.join(sorted(unknown))}.")
    return details


def _validate(cluster: Cluster) -> None:
    try:
        cluster.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Invalid("bad_cluster", " ".join(error.messages)) from None
