from access.decisions import NEAREST, Grants, Miss, explain
from tests.access.orgtree import ALICE, DIALECTS, FACES, PROD, SPEECH, TENANT, VISION, granted, node


def test_it_names_the_rule_that_allows() -> None:
    explanation = explain(granted(("Editor", FACES)), "update", "project", FACES)

    (step,) = explanation.chain
    assert explanation.allowed
    assert (step.grant.rule_id, step.grant.subject) == (1, ALICE)
    assert (step.grant.role.name, step.grant.scope) == ("Editor", FACES)
    assert step.inherited_through == ()


def test_it_names_the_group_that_gave_it() -> None:
    grants = Grants([*granted(("Viewer", FACES)), *granted(("Editor", FACES), subject=("group", "leads"))])

    explanation = explain(grants, "update", "project", FACES)

    assert [step.grant.subject for step in explanation.chain] == [("group", "leads")]


def test_it_names_both_of_two_rules_alike() -> None:
    alike = [*granted(("Editor", FACES)), *granted(("Editor", FACES), subject=("group", "leads"))]

    explanation = explain(Grants(alike), "update", "project", FACES)

    assert [step.grant for step in explanation.chain] == alike


def test_it_tells_what_it_was_inherited_through() -> None:
    explanation = explain(granted(("Editor", TENANT)), "update", "project", FACES)

    assert [step.inherited_through for step in explanation.chain] == [("prod", "vision", "faces")]


def test_it_names_every_rule_that_allows_the_nearest_scope_first() -> None:
    grants = granted(("Viewer", TENANT), ("Viewer", FACES), ("Editor", VISION), ("Editor", DIALECTS))

    explanation = explain(grants, "read", "project", FACES)

    assert [step.grant.rule_id for step in explanation.chain] == [2, 3, 1]
    assert not explanation.nearest
    assert not explanation.sufficient_roles


def test_it_names_the_rule_for_another_scope() -> None:
    explanation = explain(granted(("Editor", DIALECTS)), "update", "project", FACES)

    assert not explanation.allowed
    assert [(miss.grant.rule_id, miss.why) for miss in explanation.nearest] == [(1, Miss.OTHER_SCOPE)]


def test_it_names_the_rule_whose_role_is_not_enough() -> None:
    explanation = explain(granted(("Viewer", PROD)), "update", "project", FACES)

    assert not explanation.allowed
    assert [(miss.grant.rule_id, miss.why) for miss in explanation.nearest] == [(1, Miss.OTHER_ROLE)]


def test_it_names_the_roles_that_would_do() -> None:
    explanation = explain(granted(("Viewer", PROD)), "create", "cluster", PROD)

    assert [role.name for role in explanation.sufficient_roles] == ["Cloud operator", "System administrator"]


def test_it_names_the_nearest_scope_first() -> None:
    grants = granted(("Editor", DIALECTS), ("Editor", SPEECH), ("Editor", node("project", "eyes", VISION)))

    explanation = explain(grants, "update", "project", FACES)

    assert [miss.grant.scope.name for miss in explanation.nearest] == ["eyes", "speech", "dialects"]


def test_it_names_only_a_few_rules_for_other_scopes() -> None:
    projects = [node("project", f"project-{number}", SPEECH) for number in range(100)]
    grants = granted(*(("Editor", project) for project in projects))

    explanation = explain(grants, "update", "project", FACES)

    assert [miss.grant.rule_id for miss in explanation.nearest] == list(range(1, NEAREST + 1))


def test_it_names_only_a_few_rules_whose_role_is_not_enough() -> None:
    grants = granted(*(("Viewer", VISION) for _ in range(100)))

    explanation = explain(grants, "update", "project", FACES)

    assert [miss.grant.rule_id for miss in explanation.nearest] == list(range(1, NEAREST + 1))


def test_it_has_nothing_near_for_whoever_was_granted_nothing() -> None:
    explanation = explain(Grants(), "update", "project", FACES)

    assert not explanation.allowed
    assert explanation.nearest == ()
    assert explanation.sufficient_roles[0].name == "Research manager"
