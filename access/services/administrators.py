"""The deployment never loses its last system administrator."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Q, QuerySet

from access.catalog import SYSTEM_ADMINISTRATOR
from access.models import ROOT_ID, TENANT_ID, AccessRule, SubjectType
from access.services.locking import lock_tree
from accounts.models import User
from common.errors import Conflict


def administrators() -> QuerySet[User]:
    """Enabled local users who are System administrator of the whole tenant: they can sign in when SSO is broken."""
    rules = AccessRule.objects.live().filter(role_id=SYSTEM_ADMINISTRATOR.id, scope__in=(ROOT_ID, TENANT_ID))
    by_email = rules.filter(subject_type=SubjectType.USER).values("subject_id")
    by_group = rules.filter(subject_type=SubjectType.GROUP).values("subject_id")

    return (
        User.objects.filter(enabled=True, is_local=True)
        .filter(Q(email__in=by_email) | Q(group__name__in=by_group))
        .distinct()
    )


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
