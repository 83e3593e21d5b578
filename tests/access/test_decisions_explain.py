from access.decisions import NEAREST, Miss, RuleSet, explain
from tests.access.orgtree import ALICE, DIALECTS, FACES, PROD, SPEECH, TENANT, VISION, granted, node


def test_it_names_the_rule_that_allows() -> None:
    explanation = explain(granted(("Editor", FACES)), "update", "project", FACES)

    (allowing,) = explanation.allowing
    assert explanation.allowed
    assert (allowing.rule.id, allowing.rule.subject) == (1, ALICE)
    assert (allowing.rule.role.name, allowing.rule.scope) == ("Editor", FACES)
    assert allowing.inherited_through == ()


def test_it_names_the_group_that_gave_it() -> None:
    rules = RuleSet([*granted(("Viewer", FACES)), *granted(("Editor", FACES), subject=("group", "leads"))])

    explanation = explain(rules, "update", "project", FACES)

    assert [allowing.rule.subject for allowing in explanation.allowing] == [("group", "leads")]


def test_it_names_both_of_two_rules_alike() -> None:
    alike = [*granted(("Editor", FACES)), *granted(("Editor", FACES), subject=("group", "leads"))]

    explanation = explain(RuleSet(alike), "update", "project", FACES)

    assert [allowing.rule for allowing in explanation.allowing] == alike


def test_it_tells_what_it_was_inherited_through() -> None:
    explanation = explain(granted(("Editor", TENANT)), "update", "project", FACES)

    assert [allowing.inherited_through for allowing in explanation.allowing] == [("prod", "vision", "faces")]


def test_it_names_every_rule_that_allows_the_nearest_scope_first() -> None:
    rules = granted(("Viewer", TENANT), ("Viewer", FACES), ("Editor", VISION), ("Editor", DIALECTS))

    explanation = explain(rules, "read", "project", FACES)

    assert [allowing.rule.id for allowing in explanation.allowing] == [2, 3, 1]
    assert not explanation.nearest
    assert not explanation.sufficient_roles


def test_it_names_the_rule_for_another_scope() -> None:
    explanation = explain(granted(("Editor", DIALECTS)), "update", "project", FACES)

    assert not explanation.allowed
    assert [(miss.rule.id, miss.why) for miss in explanation.nearest] == [(1, Miss.OTHER_SCOPE)]


def test_it_names_the_rule_whose_role_is_not_enough() -> None:
    explanation = explain(granted(("Viewer", PROD)), "update", "project", FACES)

    assert not explanation.allowed
    assert [(miss.rule.id, miss.why) for miss in explanation.nearest] == [(1, Miss.OTHER_ROLE)]


def test_it_names_the_roles_that_would_do() -> None:
    explanation = explain(granted(("Viewer", PROD)), "create", "cluster", PROD)

    assert [role.name for role in explanation.sufficient_roles] == ["Cloud operator", "System administrator"]


def test_it_names_the_nearest_scope_first() -> None:
    rules = granted(("Editor", DIALECTS), ("Editor", SPEECH), ("Editor", node("project", "eyes", VISION)))

    explanation = explain(rules, "update", "project", FACES)

    assert [miss.rule.scope.name for miss in explanation.nearest] == ["eyes", "speech", "dialects"]


def test_it_names_only_a_few_rules_for_other_scopes() -> None:
    projects = [node("project", f"project-{number}", SPEECH) for number in range(100)]
    rules = granted(*(("Editor", project) for project in projects))

    explanation = explain(rules, "update", "project", FACES)

    assert [miss.rule.id for miss in explanation.nearest] == list(range(1, NEAREST + 1))


def test_it_names_only_a_few_rules_whose_role_is_not_enough() -> None:
    rules = granted(*(("Viewer", VISION) for _ in range(100)))

    explanation = explain(rules, "update", "project", FACES)

    assert [miss.rule.id for miss in explanation.nearest] == list(range(1, NEAREST + 1))


def test_it_has_nothing_near_for_whoever_was_granted_nothing() -> None:
    explanation = explain(RuleSet(), "update", "project", FACES)

    assert not explanation.allowed
    assert explanation.nearest == ()
    assert explanation.sufficient_roles[0].name == "Research manager"
