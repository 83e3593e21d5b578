"""By which names rules reach a scope: in one query that is built once, what the ORM answers."""

from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from access.models import AccessRule, Reach, reaching
from accounts.models import User
from common.actors import Principal
from tests import cast
from tokens.models import Application

ALICE, AUTHORS, DANCERS, ROBO = "user alice@example.com", "group authors", "group dancers", "app robo"
EVERYBODY = [tuple(one.split()) for one in (ALICE, AUTHORS, DANCERS, ROBO, "user bob@example.com", "group singers")]


def answered(somebody: Principal, tree: cast.Tree, around: str = "vision") -> set[str]:
    reach = Reach(somebody, getattr(tree, around))
    rows: list[Any] = list(reaching(reach))
    assert sorted(rows) == sorted(reach.rows())
    return {f"{kind} {name}" for kind, name, *_ in rows}


@pytest.fixture
def author(alice: User) -> User:
    for name in ("authors", "dancers"):
        cast.make_group(name, alice)
    return alice


@pytest.fixture
def rules(author: User, robo: Application, tree: cast.Tree) -> None:
    AccessRule.objects.all().delete()
    for kind, name in EVERYBODY:
        cast.rule(kind, name, "Viewer", tree.vision)
        cast.rule(kind, name, "Viewer", tree.faces)


@pytest.mark.parametrize("around", ["tenant", "prod", "vision", "faces"])
def test_it_finds_a_person_by_name_and_by_groups(author: User, rules: None, tree: cast.Tree, around: str) -> None:
    assert answered(author, tree, around) == {ALICE, AUTHORS, DANCERS}


def test_it_finds_an_application_by_name(robo: Application, rules: None, tree: cast.Tree) -> None:
    assert answered(robo, tree) == {ROBO}


def test_it_takes_one_query(
    author: User, rules: None, tree: cast.Tree, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        reaching(Reach(author, tree.vision))


def test_it_takes_no_kind_of_subject_for_another(author: User, robo: Application, tree: cast.Tree) -> None:
    AccessRule.objects.all().delete()
    for kind, name in (("group", author.email), ("app", author.email), ("user", "authors"), ("group", "robo")):
        cast.rule(kind, name, "Viewer", tree.vision)

    assert answered(author, tree) == answered(robo, tree) == set()


def test_it_leaves_out_what_lies_beside(author: User, rules: None, tree: cast.Tree) -> None:
    assert answered(author, tree, "speech") == set()


def test_it_leaves_out_deleted_rules_at_once(author: User, rules: None, tree: cast.Tree) -> None:
    assert answered(author, tree) == {ALICE, AUTHORS, DANCERS}

    AccessRule.objects.filter(subject_type="group").update(deleted_at=timezone.now())

    assert answered(author, tree) == {ALICE}


def test_it_leaves_out_a_group_that_was_left_at_once(author: User, rules: None, tree: cast.Tree) -> None:
    author.group_set.get(name="dancers").delete()

    assert answered(author, tree) == {ALICE, AUTHORS}
