from access.models import TENANT_ID, Scope
from common.locking import lock_to_remove


def lock_tree() -> None:
    """Until the end of the transaction nobody else changes the tree, or takes away an administrator.

    Whoever removes something with what hangs on it does it under this lock, so that removals never wait for each other.
    """
    list(Scope.objects.select_for_update().filter(pk=TENANT_ID))


def lock_to_remove_scope(scope: Scope) -> None:
    """Lock the tree, this scope and its cluster, to which agents report the status of rules; or NotFound."""
    lock_tree()
    if scope.cluster_id not in (None, scope.pk):
        list(Scope.objects.select_for_update().filter(pk=scope.cluster_id))
    lock_to_remove(scope)
