"""Django's questions, answered by access rules: what the admin may show and do."""

import pytest
from django.contrib.auth import authenticate

from accounts.models import User
from clustersync.models import Cluster
from tests import cast


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        ("access_rules.create", True),
        ("project.delete", True),
        ("department.create", False),
        ("users.read", True),
        ("users.update", False),
        ("events-history.read", False),
        ("nonsense", False),
        ("nonsense.read", False),
    ],
)
def test_it_asks_for_any_scope_without_an_object(vera: User, permission: str, expected: bool) -> None:
    assert vera.has_perm(permission) is expected


@pytest.mark.parametrize(("where", "expected"), [("vision", True), ("faces", True), ("speech", False), ("prod", False)])
def test_it_asks_for_the_objects_scope(vera: User, tree: cast.Tree, where: str, expected: bool) -> None:
    scope = getattr(tree, where)
    rule = cast.rule("user", "bob@example.com", "Viewer", scope)

    assert vera.has_perm("project.delete", scope) is expected
    assert vera.has_perm("access_rules.delete", rule) is expected


def test_it_writes_what_has_no_scope_for_the_whole_tenant_only(charlie: User, tree: cast.Tree, ada: User) -> None:
    cast.rule("user", charlie.email, "System administrator", tree.prod)

    assert not charlie.has_perm("users.update", ada)
    assert not charlie.has_perm("events-history.read")
    assert ada.has_perm("users.update", charlie)


def test_it_asks_for_a_clusters_own_scope(charlie: User, prod: Cluster, tree: cast.Tree) -> None:
    cast.rule("user", charlie.email, "Cloud operator", tree.prod)

    assert charlie.has_perm("cluster.update", prod)
    assert charlie.has_perm("cluster.update")


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        ("System administrator", True),
        ("Department administrator", True),
        ("Cloud support", True),
        ("Research manager", True),
        ("L1 researcher", False),
        ("Viewer", False),
    ],
)
def test_it_opens_the_admin_to_who_has_something_to_do_there(
    charlie: User, tree: cast.Tree, role: str, expected: bool
) -> None:
    cast.rule("user", charlie.email, role, tree.vision)

    assert charlie.is_staff is expected


def test_it_gives_the_disabled_nothing(eve: User) -> None:
    assert not eve.has_perm("users.read")
    assert not eve.is_staff


def test_it_signs_nobody_in(ada: User) -> None:
    assert authenticate(username=ada.email, password=cast.PASSWORD) is None


def test_it_asks_once_for_a_page(vera: User, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(2):  # type: ignore[operator]
        answers = [vera.has_perm(f"{type_}.read") for type_ in ("users", "project", "access_rules", "apps")]

    assert answers == [True] * 4
