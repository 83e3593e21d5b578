"""What follows here from what happened in accounts, in the same transaction."""

from typing import Any

from django.dispatch import receiver

from access.services import revoke_rules_of
from accounts.models import Group, User
from accounts.signals import group_deleted, user_deleted
from common.actors import Actor


@receiver(user_deleted)
def forget_the_users_rules(sender: object, *, actor: Actor, user: User, **facts: Any) -> None:
    revoke_rules_of(actor=actor, subject_type="user", subject_id=user.email)


@receiver(group_deleted)
def forget_the_groups_rules(sender: object, *, actor: Actor, group: Group, **facts: Any) -> None:
    revoke_rules_of(actor=actor, subject_type="group", subject_id=group.name)
