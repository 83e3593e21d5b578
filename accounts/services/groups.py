from django.db import IntegrityError, transaction

import audit.services as audit
from accounts.authority import authority
from accounts.models import Group, Membership, User
from accounts.signals import group_deleted
from common.actors import Actor
from common.errors import Conflict, Invalid, NotFound

LONGEST_NAME = 200


@transaction.atomic
def create_group(*, actor: Actor, name: str, description: str = "") -> Group:
    authority().require(actor, "create", "groups")
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise Invalid("bad_name", f"A group's name has 1 to {LONGEST_NAME} printable characters.")
    # Kubernetes gives groups of that name meanings of its own: system:masters is cluster administrator.
    if name.startswith("system:"):
        raise Invalid("bad_name", "A group's name can't begin with system:, which Kubernetes keeps for itself.")

    group = Group(name=name, description=description, created_by=str(actor))
    try:
        with transaction.atomic():
            group.save(force_insert=True)
    except IntegrityError:
        raise Conflict("group_exists", f"A group named {name} exists already.") from None
    audit.record("group:create", actor=actor, target=group)
    return group


@transaction.atomic
def describe_group(*, actor: Actor, group: Group, description: str) -> Group:
    """The name stays: access rules go by it."""
    authority().require(actor, "update", "groups")
    group.description = description
    group.save(update_fields=["description", "updated_at"])
    audit.record("group:update", actor=actor, target=group, changed=["description"])
    return group


@transaction.atomic
def delete_group(*, actor: Actor, group: Group) -> None:
    """Remove a group with the access rules that name it; its members stay."""
    authority().require(actor, "delete", "groups")
    authority().require_at_least_group(actor, group)
    with authority().keeping_an_administrator():
        audit.record("group:delete", actor=actor, target=group)
        group_deleted.send(Group, actor=actor, group=group)
        group.delete()


@transaction.atomic
def add_member(*, actor: Actor, group: Group, user: User) -> None:
    """Whatever access rules give the group, the user has from now on; so the actor must hold it too."""
    authority().require(actor, "update", "groups")
    authority().require_at_least_group(actor, group)
    _, added = Membership.objects.get_or_create(group=group, user=user)
    if not added:
        raise Conflict("already_member", f"{user} is in {group} already.")
    audit.record("group:member:add", actor=actor, target=group, user=user.email)


@transaction.atomic
def remove_member(*, actor: Actor, group: Group, user: User) -> None:
    authority().require(actor, "update", "groups")
    authority().require_at_least_group(actor, group)
    with authority().keeping_an_administrator():
        removed, _ = Membership.objects.filter(group=group, user=user).delete()
    if not removed:
        raise NotFound("not_member", f"{user} is not in {group}.")
    audit.record("group:member:remove", actor=actor, target=group, user=user.email)
