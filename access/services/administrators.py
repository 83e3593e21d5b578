"""System administrators: the deployment never loses its last one, and nobody becomes one by the way."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from access.assertions import ANY, LOCAL
from access.catalog import SYSTEM_ADMINISTRATOR
from access.decisions import Path, may_grant
from access.models import ROOT_ID, TENANT_PATH, AccessRule, SubjectType
from access.ports.sources import sources
from access.services.asking import require_at_least_of, rule_set_of
from access.services.locking import lock_tree
from accounts.models import Membership, User
from common.actors import Actor, System
from common.errors import Conflict, Forbidden
from common.wording import Wording


def administrators() -> QuerySet[User]:
    """Enabled local users who are System administrator of the whole tenant: they can sign in when SSO is broken."""
    is_one = Q(email__in=_named(SubjectType.USER, LOCAL))
    for source, groups in _groups_by_source():
        is_one |= Q(membership__source=source, membership__group__name__in=groups)
    return User.objects.filter(enabled=True, is_local=True).filter(is_one).distinct()


def two_administrators() -> set[UUID]:
    """Return the ids of two of them, or of as many as there are.

    The same statements whatever the answer, and what they take doesn't grow with the number of users.
    """
    by_email = User.objects.filter(enabled=True, is_local=True, email__in=_named(SubjectType.USER, LOCAL))
    found = {*by_email.order_by().values_list("pk", flat=True)[:2]}
    members = Membership.objects.filter(user__enabled=True, user__is_local=True)
    for source, groups in _groups_by_source():
        by_group = members.filter(source=source, group__name__in=groups)
        found |= {*by_group.order_by().values_list("user", flat=True).distinct()[:2]}
    return found


def _groups_by_source() -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the names of the groups that make administrators of whom this source puts there; "" is by hand."""
    yield "", _named(SubjectType.GROUP, LOCAL)
    for alias, declared in sources().declared(sources().privileged()).items():
        yield alias, [name for name in _named(SubjectType.GROUP, alias) if declared.covers_group(name)]


def _named(type_: SubjectType, source: str) -> QuerySet[AccessRule, Any]:
    """Return who is named by rules that make administrators and that `source` meets."""
    rules = AccessRule.objects.filter(administers=True, subject_type=type_, source__in=(ANY, source))
    return rules.order_by().values_list("subject_id", flat=True)


@contextmanager
def keeping_an_administrator() -> Iterator[None]:
    """Roll back what is done inside, with Conflict, when it takes away the last administrator."""
    with transaction.atomic():
        # Two removals at the same time would each see the other's administrator; the lock makes them queue.
        lock_tree()
        had_one = bool(two_administrators())

        yield

        if had_one and not two_administrators():
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
    """Refuse an actor who could not appoint a system administrator there; who can could become one."""
    if isinstance(actor, System) or may_grant(rule_set_of(actor), SYSTEM_ADMINISTRATOR, path):
        return
    raise Forbidden(
        "exceeds_own_access",
        Wording("{field}: this gives more than you hold yourself. A system administrator may.", field=field),
    )


def unused_administrators(since: datetime, *, most: int) -> set[UUID]:
    """Return the ids of at most `most` enabled local administrators who did not sign in since then."""
    return _some_administrators(Q(last_login=None, created_at__lt=since) | Q(last_login__lt=since), most)


def administrators_without_second_factor(*, most: int) -> set[UUID]:
    """Return the ids of at most `most` enabled local administrators who sign in by a password alone."""
    return _some_administrators(Q(second_factor_since=None), most)


def _some_administrators(where: Q, most: int) -> set[UUID]:
    """Return some administrators; as for `two_administrators`, the work doesn't grow with the number of users."""
    locals_ = User.objects.filter(where, enabled=True, is_local=True)
    found = {*locals_.filter(email__in=_named(SubjectType.USER, LOCAL)).order_by().values_list("pk", flat=True)[:most]}
    for source, groups in _groups_by_source():
        members = Membership.objects.filter(source=source, group__name__in=groups).values("user")
        found |= {*locals_.filter(pk__in=members).order_by().values_list("pk", flat=True)[:most]}
    return set(sorted(found)[:most])
