"""Which subjects' rules give something around a scope: by SQL that is built once, what the ORM answers."""

import pytest
from django.utils import timezone

from access.models import AccessRule, Reach, reaching
from tests import cast

Subjects = set[tuple[str, str]]

EVERYBODY = {("user", "alice@example.com"), ("group", "authors"), ("group", "dancers"), ("app", "robo")}


def asked(subjects: Subjects, tree: cast.Tree, around: str = "vision") -> Reach:
    return Reach(frozenset(subjects), getattr(tree, around))


@pytest.fixture
def rules(tree: cast.Tree) -> None:
    for kind, name in EVERYBODY:
        cast.rule(kind, name, "Viewer", tree.vision)
        cast.rule(kind, name, "Viewer", tree.faces)


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("around", ["tenant", "prod", "vision", "faces"])
@pytest.mark.parametrize(
    "subjects",
    [
        EVERYBODY,
        {("app", "robo")},
        {("user", "alice@example.com")},
        {("user", "alice@example.com"), ("group", "dancers")},
        {("user", "nobody@example.com"), ("group", "authors"), ("group", "dancers")},
    ],
)
def test_it_answers_what_the_orm_answers(tree: cast.Tree, subjects: Subjects, around: str) -> None:
    reach = asked(subjects, tree, around)

    answered = reaching(reach)

    assert sorted(answered) == sorted(reach.rows()) == sorted(subjects & EVERYBODY)


@pytest.mark.usefixtures("rules")
def test_it_takes_no_kind_of_subject_for_another(tree: cast.Tree) -> None:
    switched = {("group", "alice@example.com"), ("user", "dancers"), ("app", "authors")}

    assert reaching(asked(switched, tree)) == []


@pytest.mark.usefixtures("rules")
def test_it_leaves_out_what_lies_beside(tree: cast.Tree) -> None:
    assert reaching(asked(EVERYBODY, tree, "speech")) == []


@pytest.mark.usefixtures("rules")
def test_it_leaves_out_deleted_rules_at_once(tree: cast.Tree) -> None:
    before = reaching(asked(EVERYBODY, tree))
    AccessRule.objects.filter(subject_type="group").update(deleted_at=timezone.now())

    assert set(reaching(asked(EVERYBODY, tree))) == {pair for pair in before if pair[0] != "group"}
