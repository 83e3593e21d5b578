"""What somebody may do, as the rows say it: by kind of announcement, to be compared before and after a verb."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from access.models import AccessRule, Scope
from accounts.models import Membership, Session, User
from clustersync.models import Cluster, ClusterCredential
from common.announcements import Changed
from sso.models import Identity, IdentityProvider
from tokens.models import Application, Grant

# Columns that say nothing of what somebody may do.
ASIDE = {
    User: {"first_name", "last_name", "last_login", "updated_at"},
    Session: {"last_active_at", "noted_within", "browser_key", "revoked_because"},
    Grant: {"current_hash", "previous_hash", "rotated_at", "idle_ends_at"},
    Application: {"updated_at", "last_login"},
    IdentityProvider: {
        "updated_at",
        "metadata_read_at",
        "metadata_due_at",
        "metadata_tried_at",
        "metadata_problem",
        "metadata_valid_until",
    },
    Identity: {"email", "last_seen_at"},
    Cluster: {"updated_at"},
    ClusterCredential: {"last_used_at"},
    AccessRule: {"updated_at"},
    Scope: {"updated_at"},
}
ROWS: tuple[tuple[Changed, type[Model]], ...] = (
    (Changed.RULE, AccessRule),
    (Changed.SCOPE, Scope),
    (Changed.MEMBERSHIP, Membership),
    (Changed.USER, User),
    (Changed.USER, Identity),
    (Changed.SESSION, Session),
    (Changed.GRANT, Grant),
    (Changed.APPLICATION, Application),
    (Changed.PROVIDER, IdentityProvider),
    (Changed.CLUSTER, Cluster),
    (Changed.CLUSTER, ClusterCredential),
)
# What ends with something else needs no announcement of its own; what is made does.
ENDS_WITH = {
    Changed.MEMBERSHIP: {Changed.USER, Changed.GROUP, Changed.PROVIDER},
    Changed.SESSION: {Changed.USER},
    Changed.GRANT: {Changed.SESSION, Changed.USER, Changed.APPLICATION, Changed.CLUSTER},
    Changed.USER: {Changed.PROVIDER},
}
Authority = Mapping[tuple[Changed, str, Any], tuple[Any, ...]]


def authority() -> Authority:
    found = {}
    for changed, model in ROWS:
        columns = [field.attname for field in model._meta.concrete_fields if field.attname not in ASIDE.get(model, ())]
        for row in model._base_manager.values_list("pk", *columns):
            found[changed, model.__name__, row[0]] = tuple(map(str, row))
    return found


def unsaid(before: Authority, after: Authority, announced: set[Changed]) -> set[Changed]:
    """Return the kinds of rows that differ and were not announced."""
    made = {key[0] for key in after.keys() - before.keys()}
    ended = {key[0] for key, row in before.items() if after.get(key) != row}
    return (made - announced) | {kind for kind in ended - announced if not ENDS_WITH.get(kind, set()) & announced}
