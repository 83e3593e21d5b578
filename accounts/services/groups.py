from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

import audit.services as audit
from accounts.models import Group, Membership, User
from accounts.names import KEPT_BY_KUBERNETES, LONGEST_GROUP_NAME, is_group_name
from accounts.ports.authority import authority
from accounts.services.typed import printable
from accounts.signals import group_deleted
from common.actors import SYSTEM, Actor
from common.announcements import Changed, announce
from common.errors import Conflict, Invalid, NotFound
from common.locking import hold, lock, lock_to_remove, try_hold
from common.wording import Wording


@dataclass(frozen=True)
class Followed:
    """The changes that a directory made to a user's groups.

    `left_out` differ from a group here in case only; `kept` are those without which no administrator would be left.
    """

    added: list[str]
    removed: list[str]
    left_out: list[str]
    kept: list[str]


@transaction.atomic
def create_group(*, actor: Actor, name: str, description: str = "") -> Group:
    authority().require(actor, "create", "groups")
    name = name.strip()
    if not is_group_name(name):
        raise Invalid(
            "bad_name",
            Wording(
                "A group's name has 1 to {longest} printable characters.",
                longest=LONGEST_GROUP_NAME,
            ),
        )
    printable({"description": description})
    if name.startswith(KEPT_BY_KUBERNETES):
        raise Invalid("bad_name", "A group's name can't begin with system:, which Kubernetes keeps for itself.")

    group = Group(name=name, description=description, created_by=str(actor))
    try:
        with transaction.atomic():
            group.save(force_insert=True)
    except IntegrityError:
        raise Conflict("group_exists", Wording("A group named {name} exists already.", name=name)) from None
    audit.record("group:create", actor=actor, target=group)
    return group


@transaction.atomic
def describe_group(*, actor: Actor, group: Group, description: str) -> Group:
    """Change the description. The name stays: access rules go by it."""
    authority().require(actor, "update", "groups")
    printable({"description": description})
    lock(group)
    group.description = description
    group.save(update_fields=["description", "updated_at"])
    audit.record("group:update", actor=actor, target=group, changed=["description"])
    return group


@transaction.atomic
def delete_group(*, actor: Actor, group: Group) -> None:
    """Remove a group with the access rules that name it; its members stay."""
    authority().queue_removals()
    authority().require(actor, "delete", "groups")
    authority().require_at_least_group(actor, group)
    with authority().keeping_an_administrator():
        lock_to_remove(group)
        audit.record("group:delete", actor=actor, target=group)
        announce(Changed.GROUP, group)
        group_deleted.send(Group, actor=actor, group=group)
        group.delete()


@transaction.atomic
def add_member(*, actor: Actor, group: Group, user: User) -> None:
    """Whatever access rules give the group, the user has from now on; so the actor must hold it too."""
    authority().require(actor, "update", "groups")
    authority().require_at_least_group(actor, group)
    hold(user, group)
    _, added = Membership.objects.get_or_create(group=group, user=user)
    if not added:
        raise Conflict("already_member", Wording("{user} is in {group} already.", user=user, group=group))
    audit.record("group:member:add", actor=actor, target=group, user=user.email)
    announce(Changed.MEMBERSHIP, user)


@transaction.atomic
def remove_member(*, actor: Actor, group: Group, user: User) -> None:
    authority().queue_removals()
    authority().require(actor, "update", "groups")
    authority().require_at_least_group(actor, group)
    with authority().keeping_an_administrator():
        removed, _ = Membership.objects.filter(group=group, user=user).delete()
    if not removed:
        raise NotFound("not_member", Wording("{user} is not in {group}.", user=user, group=group))
    audit.record("group:member:remove", actor=actor, target=group, user=user.email)
    announce(Changed.MEMBERSHIP, user)


def leaves_groups(*, user: User, source: str, names: Collection[str]) -> bool:
    """Return True if `follow_directory` is going to remove the user from a group."""
    return Membership.objects.filter(user=user, source=source).exclude(group__name__in=names).exists()


@transaction.atomic
def follow_directory(
    *,
    user: User,
    source: str,
    names: Collection[str],
    said: str = "",
    may_say: Callable[[str, str], bool] = lambda source, name: True,
) -> Followed:
    """Bring the memberships that `source` gave this user in line with what it says now.

    Groups that are missing are made. Who was added by hand stays, whatever the directory says. Who is in a
    group by the word of another directory stays in it by that, unless `may_say` tells that it may say so no more.
    `said` is for the trail: whether the groups were listed.
    """
    known, left_out = _groups_named(names, source)
    before = {one.group.name: one for one in Membership.objects.select_related("group").filter(user=user)}
    added = sorted(name for name in known.keys() - before.keys() if try_hold(known[name]))
    gone = sorted(name for name, one in before.items() if one.source == source and name not in known)
    if added:
        Membership.objects.bulk_create(
            [Membership(group=known[name], user=user, source=source) for name in added], ignore_conflicts=True
        )
    others = [before[name] for name in known.keys() & before.keys() if before[name].source not in ("", source)]
    void = sorted(one.group.name for one in others if not may_say(one.source, one.group.name))
    Membership.objects.filter(pk__in=[before[name].pk for name in void]).update(source=source)
    removed = gone if _are_removed([before[name] for name in gone]) else []
    if not removed:
        removed = [name for name in gone if _are_removed([before[name]])]
    if added or removed or void:
        followed: dict[str, Any] = {"added": added, "removed": removed, "void_before": void, "said": said}
        audit.record("user:groups:follow", actor=SYSTEM, target=user, source=source, **followed)
        announce(Changed.MEMBERSHIP, user)
    return Followed(added, removed, left_out, kept=[name for name in gone if name not in removed])


def _are_removed(memberships: list[Membership]) -> bool:
    """Return False if they were kept: the last local administrator has that power by one of them."""
    if not memberships:
        return True
    try:
        with authority().keeping_an_administrator():
            Membership.objects.filter(pk__in=[one.pk for one in memberships]).delete()
    except Conflict:
        return False
    return True


def _groups_named(names: Collection[str], source: str) -> tuple[dict[str, Group], list[str]]:
    """Return the groups of exactly these names, made where they are missing.

    Also return the names that the database can't hold.

    Those differ from another group's in case only, by the database's own rule, which is not Python's.
    """
    found = _with_exactly(names)
    missing = set(names) - found.keys()
    if missing:
        # In one order, whoever makes them: two that make the same would wait for each other.
        in_order = sorted(missing, key=lambda name: (name.lower(), name))
        Group.objects.bulk_create([Group(name=name, created_by=source) for name in in_order], ignore_conflicts=True)
        found = _with_exactly(names)
        made = sorted(missing & found.keys())
        if made:
            audit.record("group:create", actor=SYSTEM, names=made, source=source)
    return found, sorted(set(names) - found.keys())


def _with_exactly(names: Collection[str]) -> dict[str, Group]:
    return {group.name: group for group in Group.objects.filter(name__in=names)}
