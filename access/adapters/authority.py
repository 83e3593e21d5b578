"""Answers to the port `accounts.ports.authority`, by access rules."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Model, Q, QuerySet

from access import catalog
from access.models import TENANT_PATH, AccessRule, Scope, SubjectType
from access.ports.applications import applications
from access.services import keeping_an_administrator, permitted, require, require_at_least
from access.services.administrators import require_to_hold_everything
from access.services.asking import may, require_at_least_of
from access.services.locking import lock_tree
from access.services.standing import rules_of
from access.services.subjects import waits_for
from accounts.models import Group, User
from common.actors import Actor, Principal, System

M = TypeVar("M", bound=Model)


class AccessAuthority:
    def require(self, actor: Actor, action: str, resource_type: str) -> None:
        require(actor, action, resource_type)

    def require_at_least(self, actor: Actor, user: User) -> None:
        require_at_least(actor, user)

    def require_to_hold_everything(self, actor: Actor, field: str) -> None:
        require_to_hold_everything(actor, field)

    def principal(self, subject_type: str, id_: UUID) -> Principal | None:
        if subject_type == User.subject_type:
            return User.objects.filter(pk=id_).first()
        return applications().with_id(id_)

    def waits_for(self, email: str) -> bool:
        return waits_for(email)

    def require_at_least_group(self, actor: Actor, group: Group) -> None:
        require_at_least_of(actor, frozenset({("group", group.name)}))

    def keeping_an_administrator(self) -> AbstractContextManager[None]:
        return keeping_an_administrator()

    def may(self, actor: Actor, action: str, resource_type: str) -> bool:
        return may(actor, action, resource_type)

    def queue_removals(self) -> None:
        lock_tree()

    def role_names(self) -> list[str]:
        return sorted(role.name for role in catalog.roles().values())

    def is_asked(self, user: User, *, administrators: bool, roles: Collection[str]) -> bool:
        if administrators and user.is_staff:
            return True
        ids = [role.id for role in catalog.roles().values() if role.name in roles]
        return bool(ids) and rules_of(user).filter(role_id__in=ids).exists()

    def visible_users(self, actor: Actor) -> QuerySet[User]:
        """All for who reads users in the whole tenant; else those named by rules where the actor reads users."""
        if isinstance(actor, System) or self._reads_all(actor, "users"):
            return User.objects.all()
        emails = self._named(actor, "users", SubjectType.USER)
        groups = self._named(actor, "users", SubjectType.GROUP)
        # An application's id is no user's: then nobody is added.
        return User.objects.filter(Q(pk=actor.pk) | Q(email__in=emails) | Q(group__name__in=groups)).distinct()

    def visible_groups(self, actor: Actor) -> QuerySet[Group]:
        if self._reads_all(actor, "groups"):
            return Group.objects.all()
        return Group.objects.filter(name__in=self._named(actor, "groups", SubjectType.GROUP))

    def of_visible_users(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        return rows if self._reads_all(actor, "users") else rows.filter(user__in=self.visible_users(actor))

    def of_visible_groups(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        return rows if self._reads_all(actor, "groups") else rows.filter(group__in=self.visible_groups(actor))

    def _reads_all(self, actor: Actor, resource_type: str) -> bool:
        if isinstance(actor, System):
            return True
        return permitted(actor, "read", resource_type).filter(path="/".join(TENANT_PATH)).exists()

    def _named(self, actor: Actor, resource_type: str, subject_type: SubjectType) -> QuerySet[AccessRule, Any]:
        scopes: QuerySet[Scope] = permitted(actor, "read", resource_type)
        return AccessRule.objects.live().filter(subject_type=subject_type, scope__in=scopes).values("subject_id")
