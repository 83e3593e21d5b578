"""What accounts must ask of the layer above it, which holds roles and access rules.

Wired by the setting ACCOUNTS_AUTHORITY, a dotted path to a class with these methods (`access.authority.Authority`).
"""

from contextlib import AbstractContextManager
from typing import Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from accounts.models import Group, User
from common.actors import Actor


class Authority(Protocol):
    def require(self, actor: Actor, action: str, resource_type: str) -> None:
        """Raise Forbidden unless the actor may do this in the whole tenant."""

    def require_at_least(self, actor: Actor, user: User) -> None:
        """Raise Forbidden when `user` holds any permission that the actor does not hold there."""

    def waits_for(self, email: str) -> bool:
        """Return True if an access rule names a user of this address."""

    def require_at_least_group(self, actor: Actor, group: Group) -> None:
        """The same for what membership of `group` gives."""

    def keeping_an_administrator(self) -> AbstractContextManager[None]:
        """Raise Conflict when what is done inside leaves no local system administrator who can sign in."""

    def queue_removals(self) -> None:
        """Until the end of the transaction nobody else removes anything with what hangs on it (common.locking)."""

    def is_last_administrator(self, user: User) -> bool:
        """Return True if no other local administrator can sign in. Costs the same whoever is asked about."""

    def visible_users(self, actor: Actor) -> QuerySet[User]: ...

    def visible_groups(self, actor: Actor) -> QuerySet[Group]: ...


def authority() -> Authority:
    made: Authority = import_string(settings.ACCOUNTS_AUTHORITY)()
    return made
