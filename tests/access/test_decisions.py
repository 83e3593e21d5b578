import pytest

from access.decisions import Grants, ScopeRef, may, permissions_anywhere, permissions_in, permitted_scopes
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
    grants = granted(("Editor", granted_in))

    allowed = {scope for scope in EVERYWHERE if may(grants, "update", "project", scope.path)}

    assert allowed == reaches


@pytest.mark.parametrize(
    ("action", "resource"),
    [("delete", "users"), ("create", "cluster"), ("read", "access-keys"), ("approve", "project"), ("", "")],
)
def test_it_refuses_what_the_role_has_not(action: str, resource: str) -> None:
    grants = granted(("Editor", TENANT))

    assert not may(grants, action, resource, FACES.path)


def test_it_refuses_whoever_was_granted_nothing() -> None:
    assert not any(may(Grants(), "read", "tenant", scope.path) for scope in EVERYWHERE)


def test_it_refuses_outside_the_tree() -> None:
    grants = granted(("System administrator", SYSTEM))

    assert not may(grants, "read", "project", ())
    assert not may(grants, "read", "project", ("elsewhere", FACES.id))


def test_it_unites_rules() -> None:
    grants = granted(("Viewer", TENANT), ("Template administrator", FACES))

    assert may(grants, "create", "templates", FACES.path)
    assert may(grants, "read", "nodes", FACES.path)


def test_it_unites_subjects() -> None:
    grants = Grants([*granted(("Viewer", FACES)), *granted(("Editor", FACES), subject=("group", "leads"))])

    assert may(grants, "update", "project", FACES.path)


def test_it_does_not_carry_an_action_from_one_scope_to_another() -> None:
    grants = granted(("L1 researcher", FACES), ("Viewer", DIALECTS))

    assert may(grants, "create", "workspaces", FACES.path)
    assert may(grants, "read", "workspaces", DIALECTS.path)
    assert not may(grants, "create", "workspaces", DIALECTS.path)


def test_it_sums_up_what_may_be_done_in_a_scope() -> None:
    grants = granted(("Viewer", VISION), ("Template administrator", FACES))

    assert permissions_in(grants, FACES.path)["templates"] == {"create", "read", "update", "delete"}
    assert permissions_in(grants, VISION.path)["templates"] == {"read"}
    assert permissions_in(grants, SPEECH.path) == {}


def test_it_names_the_permitted_scopes() -> None:
    grants = granted(("Editor", VISION), ("Viewer", DIALECTS))

    assert permitted_scopes(grants, "read", "project") == {VISION, DIALECTS}
    assert permitted_scopes(grants, "update", "project") == {VISION}
    assert permitted_scopes(grants, "read", "settings") == frozenset()


def test_it_leaves_out_scopes_below_a_permitted_one() -> None:
    grants = granted(("Viewer", FACES), ("Viewer", PROD), ("Editor", SPEECH), ("Viewer", VISION))

    assert permitted_scopes(grants, "read", "project") == {PROD}
    assert permitted_scopes(grants, "create", "project") == {SPEECH}


def test_it_gives_back_every_grant() -> None:
    grants = [*granted(("Viewer", FACES), ("Editor", FACES), ("Viewer", PROD))]

    assert sorted(Grants(grants), key=lambda grant: grant.rule_id) == grants


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

    assert {scope for scope, grants in given.items() if may(grants, action, resource, FACES.path)} == counts
    for scope, grants in given.items():
        assert (action in permissions_in(grants, FACES.path).get(resource, ())) == (scope in counts)
        assert (action in permissions_anywhere(grants).get(resource, ())) == (scope in counts)
        assert permitted_scopes(grants, action, resource) == ({scope} & counts)
