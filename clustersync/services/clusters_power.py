"""Guard a cluster's row, which is power too: where people's kubectl sends their tokens, and who they are there.

Whoever chooses that holds what everybody whom an access rule reaches there could do in the cluster. A System
administrator of the account is always among them, so it takes that role in the cluster's scope (docs/decisions/0018).
"""

from collections.abc import Collection

from access.services.administrators import require_the_strongest_role, require_to_hold_everything
from accounts.ports.authority import authority
from clustersync.models import Cluster
from common.actors import Actor, System

# How long tokens and answers are kept, within bounds, and by which addresses a fetch of our keys is known.
OPERATION = frozenset({"webhook_cache_seconds", "token_seconds", "api_addresses"})
SHARING = ("legacy_flags", "accepts_shared_audience")


def require_power_to_register(actor: Actor, cluster: Cluster) -> None:
    """Raise Forbidden for a new cluster that would give more than the actor holds.

    Most give nothing: its tokens are good there alone, and nobody holds anything there yet.
    """
    shared = [field for field in SHARING if getattr(cluster, field)]
    if shared:
        require_to_hold_everything(actor, _label(shared[0]))
    _require_to_tell_of(actor, cluster.extra_groups)


def require_power_to_change(actor: Actor, before: Cluster, after: Cluster, changed: Collection[str]) -> None:
    """Raise Forbidden unless the actor holds what these fields decide about; disabling a cluster gives nobody anything.

    Tokens for a cluster that shares its audience are good in every cluster that does: nobody's power is beyond that.
    """
    decisive = [field for field in changed if field not in OPERATION and (field != "enabled" or after.enabled)]
    if decisive and (before.shares_audience or after.shares_audience):
        require_to_hold_everything(actor, _label(decisive[0]))
    elif decisive:
        require_the_strongest_role(actor, _label(decisive[0]), before.scope.ref.path)
    _require_to_tell_of(actor, set(after.extra_groups) - set(before.extra_groups))


def _require_to_tell_of(actor: Actor, groups: Collection[str]) -> None:
    """Require the right to tell a cluster, by its tokens, who of its visitors is in these groups."""
    if isinstance(actor, System) or not groups:
        return
    seen = authority().visible_groups(actor).filter(name__in=groups).values_list("name", flat=True)
    if set(groups) - set(seen):
        authority().require(actor, "read", "groups")


def _label(field: str) -> str:
    return str(Cluster._meta.get_field(field).verbose_name)  # type: ignore[union-attr]  # none is a relation
