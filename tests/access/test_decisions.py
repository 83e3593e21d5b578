import pytest

from access.decisions import RuleSet, ScopeRef, may, permissions_anywhere, permissions_in, permitted_scopes
from tests.access.orgtree import (
    DIALECTS,
    EVERYWHERE,
    FACES,
    PROD,
    SPEECH,
    SYSTEM,
    TENANT,
    VISION,
    granted,
)


@pytest.mark.parametrize(
    ("granted_in", "reaches"),
    [
        (SYSTEM, set(EVERYWHERE)),
        (TENANT, set(EVERYWHERE) - {SYSTEM}),
        (PROD, {PROD, VISION, FACES, SPEECH, DIALECTS}),
        (VISION, {VISION, FACES}),
        (FACES, {FACES}),
    ],
    ids=lambda value: value.name if isinstance(value, ScopeRef) else "",
)
def test_it_allows_in_the_scope_and_below_only(granted_in: ScopeRef, reaches: set[ScopeRef]) -> None:
    rules = granted(("Editor", granted_in))

    allowed = {scope for scope in EVERYWHERE if may(rules, "update", "project", scope.path)}

    assert allowed == reaches


@pytest.mark.parametrize(
    ("action", "resource"),
    [("delete", "users"), ("create", "cluster"), ("read", "access-keys"), ("approve", "project"), ("", "")],
)
def test_it_refuses_what_the_role_has_not(action: str, resource: str) -> None:
    rules = granted(("Editor", TENANT))

    assert not may(rules, action, resource, FACES.path)


def test_it_refuses_whoever_was_granted_nothing() -> None:
    assert not any(may(RuleSet(), "read", "tenant", scope.path) for scope in EVERYWHERE)


def test_it_refuses_outside_the_tree() -> None:
    rules = granted(("System administrator", SYSTEM))

    assert not may(rules, "read", "project", ())
    assert not may(rules, "read", "project", ("elsewhere", FACES.id))


def test_it_unites_rules() -> None:
    rules = granted(("Viewer", TENANT), ("Template administrator", FACES))

    assert may(rules, "create", "templates", FACES.path)
    assert may(rules, "read", "nodes", FACES.path)


def test_it_unites_subjects() -> None:
    rules = RuleSet([*granted(("Viewer", FACES)), *granted(("Editor", FACES), subject=("group", "leads"))])

    assert may(rules, "update", "project", FACES.path)


def test_it_does_not_carry_an_action_from_one_scope_to_another() -> None:
    rules = granted(("L1 researcher", FACES), ("Viewer", DIALECTS))

    assert may(rules, "create", "workspaces", FACES.path)
    assert may(rules, "read", "workspaces", DIALECTS.path)
    assert not may(rules, "create", "workspaces", DIALECTS.path)


def test_it_sums_up_what_may_be_done_in_a_scope() -> None:
    rules = granted(("Viewer", VISION), ("Template administrator", FACES))

    assert permissions_in(rules, FACES.path)["templates"] == {"create", "read", "update", "delete"}
    assert permissions_in(rules, VISION.path)["templates"] == {"read"}
    assert permissions_in(rules, SPEECH.path) == {}


def test_it_names_the_permitted_scopes() -> None:
    rules = granted(("Editor", VISION), ("Viewer", DIALECTS))

    assert permitted_scopes(rules, "read", "project") == {VISION, DIALECTS}
    assert permitted_scopes(rules, "update", "project") == {VISION}
    assert permitted_scopes(rules, "read", "settings") == frozenset()


def test_it_leaves_out_scopes_below_a_permitted_one() -> None:
    rules = granted(("Viewer", FACES), ("Viewer", PROD), ("Editor", SPEECH), ("Viewer", VISION))

    assert permitted_scopes(rules, "read", "project") == {PROD}
    assert permitted_scopes(rules, "create", "project") == {SPEECH}


def test_it_gives_back_every_grant() -> None:
    rules = [*granted(("Viewer", FACES), ("Editor", FACES), ("Viewer", PROD))]

    assert sorted(RuleSet(rules), key=lambda rule: rule.id) == rules


@pytest.mark.parametrize("path", [(), ("0", "1"), (FACES.id, "0")])
def test_it_refuses_a_scope_whose_path_leads_elsewhere(path: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="must end with it"):
        ScopeRef(FACES.id, "project", "faces", path)


@pytest.mark.parametrize(
    ("action", "resource", "counts"),
    [
        ("create", "users", {SYSTEM, TENANT}),
        ("update", "security-settings", {SYSTEM, TENANT}),
        ("read", "events-history", {SYSTEM, TENANT}),
        ("create", "service-account", {SYSTEM, TENANT}),
        ("create", "cluster", {SYSTEM, TENANT}),
        ("update", "cluster", {SYSTEM, TENANT, PROD}),
        ("create", "department", {SYSTEM, TENANT, PROD}),
        ("create", "project", {SYSTEM, TENANT, PROD, VISION}),
        ("update", "project", {SYSTEM, TENANT, PROD, VISION, FACES}),
        ("read", "users", {SYSTEM, TENANT, PROD, VISION, FACES}),
        ("create", "access_rules", {SYSTEM, TENANT, PROD, VISION, FACES}),
    ],
)
def test_a_permission_counts_down_to_the_lowest_scope_in_which_there_is_something_to_do(
    action: str, resource: str, counts: set[ScopeRef]
) -> None:
    given = {scope: granted(("System administrator", scope)) for scope in (SYSTEM, TENANT, PROD, VISION, FACES)}

    assert {scope for scope, rules in given.items() if may(rules, action, resource, FACES.path)} == counts
    for scope, rules in given.items():
        assert (action in permissions_in(rules, FACES.path).get(resource, ())) == (scope in counts)
        assert (action in permissions_anywhere(rules).get(resource, ())) == (scope in counts)
        assert permitted_scopes(rules, action, resource) == ({scope} & counts)
