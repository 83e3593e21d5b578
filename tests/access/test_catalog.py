import json
from pathlib import Path

import pytest

from access.catalog import (
    ACTIONS,
    RESOURCE_TYPES,
    ROLES,
    SYSTEM_ADMINISTRATOR,
    Role,
    roles_allowing,
)
from tests.cast import role_named

CONTRACT = Path(__file__).parents[1] / "contract" / "roles_2_18.json"
MATRIX: dict[str, dict[str, str]] = json.loads(CONTRACT.read_text())
NAMES = {
    1: "System administrator",
    3: "Editor",
    4: "Research manager",
    5: "L1 researcher",
    6: "ML engineer",
    7: "Viewer",
    8: "L2 researcher",
    9: "Environment administrator",
    10: "Data source administrator",
    11: "Compute resource administrator",
    12: "Template administrator",
    13: "Department viewer",
    14: "AI practitioner",
    15: "Project administrator",
    16: "Data and storage administrator",
    373: "Credentials administrator",
    1708: "Application administrator",
    1709: "Cloud support",
    1710: "Department administrator",
    1711: "Cloud operator",
    2256: "Data volume administrator",
}
SINCE_2_24 = {
    "branding-settings",
    "network-topologies",
    "security-settings",
    "service-account",
    "workload-properties",
    "registries",
    "storage-class-configuration",
}


def letters(role: Role, resource: str) -> str:
    return "".join(action[0].upper() for action in ACTIONS if role.allows(action, resource))


@pytest.mark.parametrize("name", MATRIX)
def test_it_keeps_the_platforms_matrix(name: str) -> None:
    role = role_named(name)

    ours = {resource: letters(role, resource) for resource in RESOURCE_TYPES.keys() - SINCE_2_24}

    assert ours == MATRIX[name]


def test_it_covers_every_resource_type_of_the_platform() -> None:
    platforms = {resource for permissions in MATRIX.values() for resource in permissions}

    assert len(MATRIX) == 18
    assert len(platforms) == 36
    assert RESOURCE_TYPES.keys() == platforms | SINCE_2_24


def test_it_keeps_ids_and_names() -> None:
    assert {id_: role.name for id_, role in ROLES.items()} == NAMES


def test_it_gives_each_role_its_own_id_name_and_slug() -> None:
    roles = ROLES.values()

    assert all(id_ == role.id for id_, role in ROLES.items())
    assert len({role.name for role in roles}) == len({role.slug for role in roles}) == len(ROLES) == 21


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.slug)
def test_it_gives_permissions_on_known_resource_types_only(role: Role) -> None:
    assert role.permissions.keys() <= RESOURCE_TYPES.keys()
    assert all(role.permissions.values())


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.slug)
def test_it_lets_the_system_administrator_do_what_any_role_may(role: Role) -> None:
    beyond = {
        (action, resource)
        for resource, actions in role.permissions.items()
        for action in actions
        if not SYSTEM_ADMINISTRATOR.allows(action, resource)
    }

    assert beyond == set()


@pytest.mark.parametrize(
    ("role", "resource", "expected"),
    [
        (14, "workloads", "CRUD"),
        (14, "jobs", "CRUD"),
        (14, "nfs-assets", "CRUD"),
        (14, "pvc-assets", "R"),
        (14, "datavolumes/sharedscopes", ""),
        (14, "security-settings", ""),
        (15, "access_rules", "CRUD"),
        (15, "users", ""),
        (15, "settings", ""),
        (15, "datavolumes/sharedscopes", "CRUD"),
        (16, "storage-class-configuration", "CRUD"),
        (16, "policies", ""),
        (1708, "registries", "CRUD"),
        (1709, "registries", ""),
        (1710, "service-account", "CRUD"),
    ],
)
def test_it_maps_what_newer_versions_document(role: int, resource: str, expected: str) -> None:
    assert letters(ROLES[role], resource) == expected


def test_it_lists_the_least_powerful_role_first() -> None:
    names = [role.name for role in roles_allowing("update", "project")]

    assert names[0] == "Research manager"
    assert names[-1] == "System administrator"


def test_it_can_not_be_changed_while_running() -> None:
    with pytest.raises(TypeError):
        ROLES[7].permissions["users"] = frozenset(ACTIONS)  # type: ignore[index]
