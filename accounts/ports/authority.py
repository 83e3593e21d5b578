"""Port: the roles and access rules by which an actor may change users and groups.

Wired by the setting ACCOUNTS_AUTHORITY, the dotted path to a class with these methods
(`access.adapters.authority.AccessAuthority`).
"""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar
from uuid import UUID

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.module_loading import import_string

from accounts.models import Group, User
from common.actors import Actor, Principal

M = TypeVar("M", bound=Model)


class Authority(Protocol):
    def require(self, actor: Actor, action: str, resource_type: str) -> None:
        """Raise Forbidden unless the actor may do this in the whole tenant; hold it until the transaction ends."""

    def may(self, actor: Actor, action: str, resource_type: str) -> bool:
        """Return True if the actor may do this at this moment, for who only asks."""

    def require_at_least(self, actor: Actor, user: User) -> None:
        """Raise Forbidden when `user` holds any permission that the actor does not hold there."""

    def require_to_hold_everything(self, actor: Actor, field: str) -> None:
        """Raise Forbidden unless nobody's power is beyond the actor's; `field` is what it is about."""

    def principal(self, subject_type: str, id_: UUID) -> Principal | None:
        """Return the user or the application that an audit entry or a row names by these two."""

    def waits_for(self, email: str) -> bool:
        """Return True if an access rule names a user of this address."""

    def require_at_least_group(self, actor: Actor, group: Group) -> None:
        """Require the same for the permissions that membership of `group` gives."""

    def keeping_an_administrator(self) -> AbstractContextManager[None]:
        """Raise Conflict when what is done inside leaves no local system administrator who can sign in."""

    def queue_removals(self) -> None:
        """Until the end of the transaction nobody else removes anything with what hangs on it (common.locking)."""

    def role_names(self) -> list[str]: ...

    def is_asked(self, user: User, *, administrators: bool, roles: Collection[str]) -> bool:
        """Return True for somebody who has one of these roles anywhere, or to whom the administration opens."""

    def visible_users(self, actor: Actor) -> QuerySet[User]: ...

    def visible_groups(self, actor: Actor) -> QuerySet[Group]: ...

    def of_visible_users(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        """Return of rows with a `user` those whose user the actor sees; all without a look at users, if that is all."""

    def of_visible_groups(self, actor: Actor, rows: QuerySet[M]) -> QuerySet[M]:
        """Return the same of rows with a `group`."""


def authority() -> Authority:
    made: Authority = import_string(settings.ACCOUNTS_AUTHORITY)()
    return made
