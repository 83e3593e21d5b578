"""System administrators: the deployment never loses its last one, and nobody becomes one by the way."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q, QuerySet

from access.assertions import ANY, LOCAL
from access.catalog import SYSTEM_ADMINISTRATOR
from access.decisions import Path, may_grant
from access.models import ROOT_ID, TENANT_ID, TENANT_PATH, AccessRule, SubjectType
from access.services.asking import grants_of, require_at_least_of
from access.services.locking import lock_tree
from access.sources import sources
from accounts.models import User
from common.actors import Actor, System
from common.errors import Conflict, Forbidden


def administrators() -> QuerySet[User]:
    """Enabled local users who are System administrator of the whole tenant: they can sign in when SSO is broken."""
    rules = AccessRule.objects.live().filter(role_id=SYSTEM_ADMINISTRATOR.id, scope__in=(ROOT_ID, TENANT_ID))
    by_email = rules.filter(subject_type=SubjectType.USER, source__in=(ANY, LOCAL)).values("subject_id")
    by_group = rules.filter(subject_type=SubjectType.GROUP)
    by_hand = by_group.filter(source__in=(ANY, LOCAL)).values("subject_id")
    is_one = Q(email__in=by_email) | Q(membership__source="", membership__group__name__in=by_hand)
    for alias, declared in sources().declared(sources().privileged()).items():
        named = by_group.filter(source__in=(ANY, alias)).values_list("subject_id", flat=True)
        may_fill = [name for name in named if declared.covers_group(name)]
        is_one |= Q(membership__source=alias, membership__group__name__in=may_fill)

    return User.objects.filter(enabled=True, is_local=True).filter(is_one).distinct()


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Roll back what is done inside, with Conflict, when it takes away the last administrator."""
    with transaction.atomic():
        # Two removals at the same time would each see the other's administrator; the lock makes them queue.
        lock_tree()
        had_one = administrators().exists()

        yield

        if had_one and not administrators().exists():
            raise Conflict(
                "last_administrator",
                "This would leave no local system administrator who can sign in. Appoint another one first.",
            )


def require_to_hold_everything(actor: Actor, field: str) -> None:
    """Nobody else's power is beyond the actor's: not that of a role, nor that of a rule above the tenant."""
    require_the_strongest_role(actor, field, TENANT_PATH)
    above = AccessRule.objects.live().filter(scope=ROOT_ID)
    require_at_least_of(actor, frozenset(above.values_list("subject_type", "subject_id")))


def require_the_strongest_role(actor: Actor, field: str, path: Path) -> None:
    """By the same question as whether they could appoint a system administrator there; they could be one then."""
    if isinstance(actor, System) or may_grant(grants_of(actor), SYSTEM_ADMINISTRATOR, path):
        return
    raise Forbidden(
        "exceeds_own_access", f"{field}: this gives more than you hold yourself. A system administrator may."
    )
