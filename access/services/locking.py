from typing import Any

from access.models import TENANT_ID, Scope
from common.actors import Actor, System
from common.errors import Forbidden
from common.locking import hold, lock_to_remove


def lock_tree() -> None:
    """Until the end of the transaction nobody else changes the tree, or takes away an administrator.

    Whoever removes something with what hangs on it does it under this lock, so that removals never wait for each other.
    """
    list(Scope.objects.select_for_update().filter(pk=TENANT_ID))


def hold_rights(actor: Actor) -> None:
    """Keep what the actor may do until the end of the transaction, for `require`, which then looks at it.

    Who withdraws access, disables or removes anybody takes the tree: they wait, or were quicker, and then the verb
    sees that. Otherwise it would do what the actor might do when it began, after that was withdrawn.
    """
    if isinstance(actor, System):
        return
    hold(Scope(pk=TENANT_ID))
    model: Any = actor.__class__
    if not model._base_manager.filter(pk=actor.pk, enabled=True).exists():
        raise Forbidden("forbidden", "Your account was disabled or deleted a moment ago.")


def lock_to_remove_scope(scope: Scope) -> None:
    """Lock the tree, this scope and its cluster, to which agents report the status of rules; or NotFound."""
    lock_tree()
    if scope.cluster_id not in (None, scope.pk):
        list(Scope.objects.select_for_update().filter(pk=scope.cluster_id))
    lock_to_remove(scope)
