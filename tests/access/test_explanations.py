from access.decisions import explain
from access.explanations import Barred, sentences
from tests.access.orgtree import DIALECTS, FACES, PROD, TENANT, VISION, granted

NAMES = {scope.id: scope.name for scope in (TENANT, PROD, VISION, FACES, DIALECTS)}


def told(*rules: tuple[str, object], barred: Barred | None = None, unseen: bool = False) -> list[str]:
    held = granted(*rules)  # type: ignore[arg-type]
    return sentences(explain(held, "create", "jobs", FACES), NAMES, barred=barred, unseen=unseen)


def test_it_says_yes_and_by_what() -> None:
    assert told(("L1 researcher", FACES)) == [
        "Yes, they may create jobs in faces.",
        "Rule 1: alice@example.com is L1 researcher in faces.",
    ]


def test_it_says_through_what_a_right_came_down() -> None:
    assert told(("L1 researcher", PROD))[1:] == [
        "Rule 1: alice@example.com is L1 researcher in prod, which holds vision → faces."
    ]


def test_it_says_no_and_what_was_near() -> None:
    assert told(("L1 researcher", DIALECTS), ("Viewer", VISION))[:3] == [
        "No, they may not create jobs in faces.",
        "Rule 1: alice@example.com is L1 researcher in dialects: that role would do, but it is another scope.",
        "Rule 2: alice@example.com is Viewer in vision: that is the right scope, but the role does not include it.",
    ]


def test_it_says_which_roles_would_do() -> None:
    *_, last = told()

    assert last.startswith("Roles that would allow it in faces: L2 researcher, ")


def test_it_says_that_rules_have_no_effect_for_the_disabled() -> None:
    assert told(("L1 researcher", FACES), barred=Barred("the user is disabled", "Enabled")) == [
        "No, they may not create jobs in faces: the user is disabled. Enabled, they might:",
        "Rule 1: alice@example.com is L1 researcher in faces.",
    ]


def test_it_names_no_rule_that_the_reader_may_not_see() -> None:
    assert told(unseen=True) == [
        "Yes, they may create jobs in faces.",
        "By access rules of scopes in which you may not read them.",
    ]
