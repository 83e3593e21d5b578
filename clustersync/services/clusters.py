from collections.abc import Mapping
from copy import copy
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from access.models import TENANT_ID, Scope, ScopeType
from access.services import create_scope, delete_scope, permitted, require
from access.services.locking import lock_to_remove_scope
from clustersync.models import Cluster, CredentialKind
from clustersync.services.clusters_power import SHARING, require_power_to_change, require_power_to_register
from clustersync.services.credentials import first_credential
from clustersync.services.tokens import end_tokens_for
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Invalid
from common.locking import hold, lock, lock_to_remove
from common.wording import Wording
from tokens.ports.audiences import new_cluster_audience

EDITABLE = frozenset(
    {
        "enabled",
        "mode",
        "api_url",
        "api_ca",
        "webhook_cache_seconds",
        "token_seconds",
        "username_claim",
        "username_prefix",
        "groups_prefix",
        "accepts_shared_audience",
        "legacy_flags",
        "rbac_names",
        "extra_groups",
        "api_addresses",
    }
)


@transaction.atomic
def register_cluster(*, actor: Actor, name: str, **details: Any) -> tuple[Cluster, str]:
    """Make a cluster's place in the tree, its audience and its webhook credential, which is answered this once.

    `details` are the fields of `EDITABLE`.
    """
    tenant = Scope.objects.get(pk=TENANT_ID)
    scope = create_scope(actor=actor, type_=ScopeType.CLUSTER, name=name, parent=tenant)
    cluster = Cluster(
        scope=scope,
        slug=scope.name,
        audience=new_cluster_audience(scope.name, scope.pk),
        created_by=str(actor),
        **_checked(details),
    )
    _validate(cluster)
    require_power_to_register(actor, cluster)
    cluster.shared_since = timezone.now() if cluster.shares_audience else None
    cluster.save(force_insert=True)
    token = first_credential(actor=actor, cluster=cluster, kind=CredentialKind.WEBHOOK)
    audit.record("cluster:register", actor=actor, target=cluster, cluster_id=cluster.pk, audience=cluster.audience)
    announce(Changed.CLUSTER, cluster)
    _record_sharing(actor, cluster, {field: True for field in SHARING if getattr(cluster, field)})
    return cluster, token


@transaction.atomic
def update_cluster(*, actor: Actor, cluster: Cluster, **changes: Any) -> Cluster:
    """Change fields of `EDITABLE`.

    Those that decide where people's tokens go, or who they are in the cluster, take the power over all of them there;
    the audience that clusters share takes it over everybody.
    """
    require(actor, "update", "cluster", cluster.scope)
    hold(cluster.scope)
    before = lock(cluster)
    after = copy(before)
    changed = {name: value for name, value in _checked(changes).items() if value != getattr(before, name)}
    for field, value in changed.items():
        setattr(after, field, value)
    _validate(after)
    require_power_to_change(actor, before, after, changed)
    if not changed:
        return after
    if before.shares_audience != after.shares_audience:
        after.shared_since = timezone.now() if after.shares_audience else None
    after.save(update_fields=[*changed, "shared_since", "updated_at"])
    audit.record("cluster:update", actor=actor, target=after, cluster_id=after.pk, **changed)
    announce(Changed.CLUSTER, after)
    _record_sharing(actor, after, changed)
    return after


@transaction.atomic
def delete_cluster(*, actor: Actor, cluster: Cluster) -> None:
    """Remove a cluster that has no departments, with the access rules that end there."""
    lock_to_remove_scope(cluster.scope)
    lock_to_remove(cluster)
    audit.record("cluster:deregister", actor=actor, target=cluster, cluster_id=cluster.pk)
    announce(Changed.CLUSTER, cluster)
    end_tokens_for(actor=actor, cluster=cluster)
    delete_scope(actor=actor, scope=cluster.scope)


def visible_clusters(actor: Actor) -> QuerySet[Cluster]:
    return Cluster.objects.filter(scope__in=permitted(actor, "read", "cluster")).select_related("scope")


def _record_sharing(actor: Actor, cluster: Cluster, changed: Mapping[str, Any]) -> None:
    """In words of its own: from then on another cluster's tokens open this one, or no longer."""
    for field in SHARING:
        if field in changed:
            what, how = field.replace("_", "-"), "begin" if changed[field] else "end"
            audit.record(f"cluster:{what}:{how}", actor=actor, target=cluster, cluster_id=cluster.pk)


def _checked(details: dict[str, Any]) -> dict[str, Any]:
    unknown = details.keys() - EDITABLE
    if unknown:
        raise Invalid("not_editable", Wording("These can't be set: {unknown}.", unknown=", ".join(sorted(unknown))))
    return details


def _validate(cluster: Cluster) -> None:
    try:
        cluster.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Invalid("bad_cluster", " ".join(error.messages)) from None
