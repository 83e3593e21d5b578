"""Taking back POSIX ids that an identity provider set, and may not set any more."""

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

import audit.services as audit
from accounts.models import User
from common.actors import Actor
from common.announcements import Changed, announce

MaySet = Callable[[int], bool]


@transaction.atomic
def withdraw_posix_ids(*, actor: Actor, source: str, may_set: MaySet) -> None:
    """Take back from everybody what `source` set beyond what it may; for the verb that changes what it may."""
    users = User.objects.exclude(posix_sources={}).select_for_update()
    for user in users:
        withdraw_from(actor=actor, user=user, source=source, may_set=may_set)


def withdraw_from(*, actor: Actor, user: User, source: str, may_set: MaySet) -> None:
    kept = {name: _within(getattr(user, name), may_set) for name, by in user.posix_sources.items() if by == source}
    changed = {name: value for name, value in kept.items() if value != getattr(user, name)}
    if not changed:
        return
    for name, value in changed.items():
        setattr(user, name, value)
    user.updated_at = timezone.now()
    user.save(update_fields=[*changed, "updated_at"])
    audit.record("user:posix:withdraw", actor=actor, target=user, source=source, changed=sorted(changed))
    announce(Changed.USER, user)


def _within(value: Any, may_set: MaySet) -> Any:
    if isinstance(value, list):
        return [one for one in value if may_set(one)]
    return value if value is not None and may_set(value) else None
