from access.models import TENANT_ID, Scope
from common.errors import NotFound


def lock_tree() -> None:
    """Until the end of the transaction nobody else changes the tree, or takes away an administrator."""
    list(Scope.objects.select_for_update().filter(pk=TENANT_ID))


def lock_scope(scope: Scope) -> None:
    """Until the end of the transaction nobody else deletes this scope; NotFound when somebody has."""
    if not list(Scope.objects.select_for_update().filter(pk=scope.pk)):
        raise NotFound("no_such_scope", f"{scope.name} has been deleted meanwhile.")
