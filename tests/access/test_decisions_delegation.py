import pytest

from access.catalog import ROLES, Role
from access.decisions import Excess, RuleSet, ScopeRef, exceeds, may_grant
from tests.access.orgtree import DIALECTS, FACES, PROD, SYSTEM, TENANT, VISION, granted
from tests.cast import role_named

ASSET_ADMINISTRATORS = {
    "Environment administrator",
    "Data source administrator",
    "Compute resource administrator",
    "Template administrator",
    "Data volume administrator",
}
DEPARTMENT_ADMINISTRATOR_APPOINTS = {
    "Department administrator",
    "Project administrator",
    "Data and storage administrator",
    "AI practitioner",
    "Research manager",
    "L1 researcher",
    "L2 researcher",
    "ML engineer",
    "Viewer",
    "Department viewer",
    "Credentials administrator",
    *ASSET_ADMINISTRATORS,
}

WHO_MAY_GRANT_WHAT = {
    "System administrator": {role.name for role in ROLES.values()},
    "Department administrator": DEPARTMENT_ADMINISTRATOR_APPOINTS,
    "Application administrator": DEPARTMENT_ADMINISTRATOR_APPOINTS | {"Application administrator", "Editor"},
    "Editor": {
        "Editor",
        "Data and storage administrator",
        "Research manager",
        "L1 researcher",
        "L2 researcher",
        "Viewer",
        "Department viewer",
        "Credentials administrator",
        *ASSET_ADMINISTRATORS,
    },
    "Research manager": {"Research manager", "Department viewer", *ASSET_ADMINISTRATORS},
    "Project administrator": {
        "Project administrator",
        "Data and storage administrator",
        "AI practitioner",
    },
    # It holds nothing of the newer resource types, of which nearly every other role has something.
}


@pytest.mark.parametrize("granter", ROLES.values(), ids=lambda role: role.slug)
def test_it_lets_a_role_grant_what_it_holds(granter: Role) -> None:
    actor = granted((granter, VISION))

    grantable = {role.name for role in ROLES.values() if may_grant(actor, role, VISION.path)}

    assert grantable == WHO_MAY_GRANT_WHAT.get(granter.name, set())


@pytest.mark.parametrize(
    ("scope", "expected"), [(TENANT, False), (PROD, False), (VISION, True), (FACES, True), (DIALECTS, False)]
)
def test_it_lets_them_grant_in_their_scope_only(scope: ScopeRef, expected: bool) -> None:
    actor = granted(("Department administrator", VISION))

    assert may_grant(actor, role_named("L1 researcher"), scope.path) is expected


def test_it_refuses_to_grant_by_rules_of_different_scopes() -> None:
    actor = granted(("Research manager", FACES), ("L1 researcher", DIALECTS))

    assert not may_grant(actor, role_named("L1 researcher"), FACES.path)
    assert not may_grant(actor, role_named("L1 researcher"), DIALECTS.path)


def test_it_lets_them_grant_what_several_rules_give_together() -> None:
    actor = granted(("Research manager", FACES), ("L1 researcher", VISION))

    assert may_grant(actor, role_named("L1 researcher"), FACES.path)


def test_it_refuses_to_grant_without_the_right_to_make_rules() -> None:
    actor = granted(("L1 researcher", TENANT))

    assert not may_grant(actor, role_named("L1 researcher"), FACES.path)


def test_it_names_what_the_other_holds_beyond() -> None:
    excess = exceeds(granted(("Editor", TENANT)), granted(("Cloud operator", PROD)))

    assert excess == Excess("read", "settings", PROD)


def test_what_does_not_count_in_a_scope_is_nothing_beyond() -> None:
    editor = granted(("Department administrator", VISION))

    assert may_grant(editor, role_named("Editor"), FACES.path)  # departments are all that it has beyond
    assert not may_grant(editor, role_named("Editor"), VISION.path)


@pytest.mark.parametrize(
    ("actor", "other"),
    [
        (granted(("System administrator", TENANT)), granted(("System administrator", TENANT))),
        (granted(("System administrator", TENANT)), granted(("Editor", PROD), ("Cloud operator", FACES))),
        (granted(("Editor", VISION)), granted(("Viewer", FACES))),
        (granted(("Viewer", FACES)), RuleSet()),
        (RuleSet(), RuleSet()),
    ],
)
def test_it_finds_nothing_beyond_in_whoever_is_not_stronger(actor: RuleSet, other: RuleSet) -> None:
    assert exceeds(actor, other) is None


@pytest.mark.parametrize(
    ("actor", "other"),
    [
        (granted(("System administrator", TENANT)), granted(("System administrator", SYSTEM))),
        (granted(("System administrator", FACES)), granted(("Viewer", DIALECTS))),
        (granted(("Editor", FACES)), granted(("Editor", VISION))),
        (RuleSet(), granted(("Viewer", FACES))),
    ],
)
def test_it_finds_what_is_held_in_a_wider_or_another_scope(actor: RuleSet, other: RuleSet) -> None:
    excess = exceeds(actor, other)

    assert excess is not None
    assert excess.scope == next(iter(other)).scope
