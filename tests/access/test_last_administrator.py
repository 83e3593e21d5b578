from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from access.catalog import SYSTEM_ADMINISTRATOR
from access.models import AccessRule
from access.services import administrators, grant_access, revoke_access
from accounts.models import User
from accounts.services.groups import delete_group, remove_member
from accounts.services.users import delete_user, disable_user
from common.actors import SYSTEM
from common.errors import Conflict
from tests import cast


def rule_of(email: str) -> AccessRule:
    return AccessRule.objects.get(subject_id=email)


def second_administrator(tree: cast.Tree) -> User:
    user = cast.person("dora")
    cast.rule("user", user.email, "System administrator", tree.tenant)
    return user


REMOVALS: list[Callable[[User], object]] = [
    lambda user: revoke_access(actor=SYSTEM, rule=rule_of(user.email)),
    lambda user: disable_user(actor=SYSTEM, user=user),
    lambda user: delete_user(actor=SYSTEM, user=user),
]
WAYS = ["revoke", "disable", "delete"]


@pytest.mark.parametrize("remove", REMOVALS, ids=WAYS)
def test_it_keeps_the_last_administrator(ada: User, eve: User, remove: Callable[[User], object]) -> None:
    with pytest.raises(Conflict) as refusal:
        remove(ada)

    assert refusal.value.code == "last_administrator"
    assert list(administrators()) == [ada]


@pytest.mark.parametrize("remove", REMOVALS, ids=WAYS)
def test_it_lets_go_of_one_of_two(ada: User, tree: cast.Tree, remove: Callable[[User], object]) -> None:
    dora = second_administrator(tree)

    remove(ada)

    assert list(administrators()) == [dora]


def test_it_keeps_the_group_that_the_last_one_is_one_by(tree: cast.Tree, bob: User) -> None:
    admins = cast.make_group("admins", bob)
    cast.rule("group", admins.name, "System administrator", tree.tenant)

    with pytest.raises(Conflict):
        remove_member(actor=SYSTEM, group=admins, user=bob)
    with pytest.raises(Conflict):
        delete_group(actor=SYSTEM, group=admins)

    assert list(administrators()) == [bob]


@pytest.mark.parametrize("fields", [{"enabled": False}, {"is_local": False}])
def test_it_counts_nobody_who_could_not_sign_in(ada: User, tree: cast.Tree, fields: dict[str, bool]) -> None:
    User.objects.filter(pk=second_administrator(tree).pk).update(**fields)

    with pytest.raises(Conflict):
        disable_user(actor=SYSTEM, user=ada)


def test_it_counts_nobody_whose_role_is_in_a_part_only(ada: User, tree: cast.Tree) -> None:
    cast.rule("user", cast.person("dora").email, "System administrator", tree.prod)

    assert list(administrators()) == [ada]


def test_it_counts_an_administrator_of_the_system(ada: User, tree: cast.Tree) -> None:
    root = tree.tenant.parent
    assert root is not None

    grant_access(actor=SYSTEM, subject_type="user", subject_id=ada.email, role=SYSTEM_ADMINISTRATOR, scope=root)
    revoke_access(actor=SYSTEM, rule=AccessRule.objects.get(subject_id=ada.email, scope=tree.tenant))

    assert list(administrators()) == [ada]


@pytest.mark.django_db(transaction=True)
def test_it_keeps_one_when_two_are_removed_at_the_same_time(ada: User, tree: cast.Tree) -> None:
    rules = [rule_of(ada.email).pk, rule_of(second_administrator(tree).email).pk]
    start = Barrier(len(rules))

    def remove(pk: int) -> bool:
        try:
            rule = AccessRule.objects.select_related("scope").get(pk=pk)
            start.wait()
            revoke_access(actor=SYSTEM, rule=rule)
        except Conflict:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(len(rules)) as pool:
        removed = list(pool.map(remove, rules))

    assert sorted(removed) == [False, True]
    assert administrators().count() == 1
