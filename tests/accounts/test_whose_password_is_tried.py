"""One statement finds whose password is tried, and whether tries from here are counted apart."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from access.models import ROOT_ID, AccessRule, Scope
from access.services.administrators import administrators
from accounts.models import Group, Membership, Session, User
from accounts.ports.tried import TriedAccount, tried
from sso.models import IdentityProvider
from tests import cast

pytestmark = pytest.mark.django_db
ADMINISTRATOR = "System administrator"
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"


def is_nothing(user: User) -> None:
    pass


def is_named(user: User, source: str = "", role: str = ADMINISTRATOR, scope: str = str(ROOT_ID)) -> AccessRule:
    rule = cast.rule("user", user.email, role, Scope.objects.get(pk=scope))
    AccessRule.objects.filter(pk=rule.pk).update(source=source)
    return rule


def was_named(user: User) -> None:
    AccessRule.objects.filter(pk=is_named(user).pk).update(deleted_at=timezone.now())


def is_named_and_disabled(user: User) -> None:
    is_named(user)
    User.objects.filter(pk=user.pk).update(enabled=False)


def is_named_and_comes_by_a_provider(user: User) -> None:
    is_named(user)
    User.objects.filter(pk=user.pk).update(is_local=False)


def is_in_a_group(user: User, source: str = "") -> None:
    group, made = Group.objects.get_or_create(name="operators")
    Membership.objects.create(group=group, user=user, source=source)
    if made:
        cast.rule("group", group.name, ADMINISTRATOR, Scope.objects.get(pk=ROOT_ID))


def is_named_and_in_a_group(user: User) -> None:
    is_named(user)
    is_in_a_group(user)


def is_put_there_by_a_provider(user: User) -> None:
    IdentityProvider.objects.get_or_create(
        alias="corp",
        defaults={"type": "saml", "name": "Corp", "enabled": True, "privileged": True, "group_names": ["*"]},
    )
    is_in_a_group(user, "corp")


WAYS: dict[str, Callable[[User], object]] = {
    "nothing": is_nothing,
    "named": is_named,
    "named for local users": lambda user: is_named(user, source="local"),
    "named for a provider's": lambda user: is_named(user, source="corp"),
    "named for another role": lambda user: is_named(user, role="Editor"),
    "named and disabled": is_named_and_disabled,
    "named and not local": is_named_and_comes_by_a_provider,
    "named once": was_named,
    "in a group": is_in_a_group,
    "named, and in a group": is_named_and_in_a_group,
    "in a group by a provider": is_put_there_by_a_provider,
}


def found(email: str, source_ip: str | None = HERE) -> TriedAccount:
    return tried(email, source_ip=source_ip, since=timezone.now() - timedelta(days=90))


@pytest.mark.parametrize(("first", "second"), [*product(WAYS, repeat=2)])
def test_the_last_administrator_is_the_only_one(tree: cast.Tree, first: str, second: str) -> None:
    ada, bob = cast.person("ada"), cast.person("bob")
    WAYS[first](ada)
    WAYS[second](bob)
    expected = {*administrators()}

    assert [found(user.email).is_last_administrator for user in (ada, bob)] == [expected == {ada}, expected == {bob}]


@pytest.mark.parametrize("way", WAYS)
def test_nobody_is_no_administrator_whoever_is_one(tree: cast.Tree, way: str) -> None:
    WAYS[way](cast.person("ada"))

    assert found("nobody@example.com") == TriedAccount(None)


def test_a_third_administrator_is_not_the_last_one(tree: cast.Tree) -> None:
    people = [cast.person(name) for name in ("ada", "bob", "carol", "dan")]
    for user in people[:2]:
        is_named(user)
    for user in people[2:]:
        is_in_a_group(user)

    assert not any(found(user.email).is_last_administrator for user in people)


@pytest.mark.parametrize(
    ("came_from", "days_ago", "tried_from", "is_familiar"),
    [
        (HERE, 1, HERE, True),
        (HERE, 1, ELSEWHERE, False),
        (HERE, 91, HERE, False),
        (HERE, 1, None, False),
        (None, 1, None, False),
        ("2001:db8::1", 1, "2001:db8::1", True),
    ],
)
def test_who_signed_in_from_here_is_familiar(
    charlie: User, came_from: str | None, days_ago: int, tried_from: str | None, is_familiar: bool
) -> None:
    at = timezone.now() - timedelta(days=days_ago)
    Session.objects.create(user=charlie, source_ip=came_from, expires_at=timezone.now() + timedelta(days=1))
    Session.objects.update(created_at=at)

    assert found(charlie.email, tried_from) == TriedAccount(charlie, is_familiar)


def test_the_user_is_found_whole(charlie: User) -> None:
    user = found(charlie.email).user

    assert user is not None
    assert user.__dict__ == User.objects.get(pk=charlie.pk).__dict__ | {"_state": user._state}
