"""React to what happened in accounts, in the same transaction."""

from typing import Any

from django.dispatch import receiver

from access.services import revoke_rules_of
from access.services.rules import rename_subject
from accounts.models import Group, User
from accounts.signals import group_deleted, user_deleted, user_renamed
from common.actors import Actor


@receiver(user_deleted)
def forget_the_users_rules(sender: object, *, actor: Actor, user: User, **facts: Any) -> None:
    revoke_rules_of(actor=actor, subject_type="user", subject_id=user.email)


@receiver(user_renamed)
def name_the_user_in_their_rules(sender: object, *, actor: Actor, user: User, before: str, **facts: Any) -> None:
    rename_subject(actor=actor, subject_type="user", before=before, after=user.email)


@receiver(group_deleted)
def forget_the_groups_rules(sender: object, *, actor: Actor, group: Group, **facts: Any) -> None:
    revoke_rules_of(actor=actor, subject_type="group", subject_id=group.name)
