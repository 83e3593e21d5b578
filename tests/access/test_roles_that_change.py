"""Roles beside the built-in ones: every part of the server asks for the roles at each use."""

import ast
from pathlib import Path
from types import MappingProxyType

import pytest

from access.catalog import ROLES, Role
from access.leading import leading
from access.models import AccessRule
from access.services import rule_set_of
from accounts.models import User
from tests import cast
from tests.access.test_granting import RULES, asked
from tests.conftest import APIAs

ROOT = Path(__file__).parents[2]
OWN = Role(70_001, "Group keeper", "group-keeper", "", MappingProxyType({"groups": frozenset({"read", "update"})}))
MODULES = sorted(
    path
    for app in ("accounts", "access", "sso", "tokens", "clustersync", "runai_identity", "common", "audit")
    for path in (ROOT / app).rglob("*.py")
    if path.parent != ROOT / "access/catalog"
)


def names_imported(path: Path) -> set[str]:
    imports = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom))
    return {f"{node.module}.{alias.name}" for node in imports for alias in node.names}


@pytest.fixture
def own_role(monkeypatch: pytest.MonkeyPatch) -> Role:
    monkeypatch.setattr("access.catalog.ROLES", MappingProxyType({**ROLES, OWN.id: OWN}))
    return OWN


def test_nothing_reads_the_table_of_roles_but_through_its_function() -> None:
    assert len(MODULES) > 200
    assert not [path for path in MODULES if "access.catalog.ROLES" in names_imported(path)]


def test_a_new_role_is_listed_given_and_enforced(own_role: Role, ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    bob = cast.person("bert")
    answer = api_as(ada).post(
        RULES, {**asked(tree.tenant), "roleId": own_role.id, "subjectId": bob.email}, format="json"
    )

    assert (answer.status_code, answer.json()["roleName"]) == (201, "Group keeper")
    assert api_as(ada).get(f"/api/v1/authorization/roles/{own_role.id}").json()["name"] == "Group keeper"
    assert api_as(bob).get("/api/v1/groups").status_code == 200
    assert own_role.id in leading()["tenant"]


def test_a_rule_whose_role_is_gone_gives_nothing_and_can_be_revoked(
    ada: User, charlie: User, tree: cast.Tree, api_as: APIAs
) -> None:
    rule = AccessRule.objects.create(subject_type="user", subject_id=charlie.email, role_id=4_711, scope=tree.tenant)

    assert [rule.role.permissions for rule in rule_set_of(charlie)] == [{}]
    assert api_as(ada).get(f"{RULES}/{rule.pk}").json()["roleId"] == 4_711
    assert api_as(ada).delete(f"{RULES}/{rule.pk}").status_code == 204


def test_nobody_is_given_a_role_that_is_not_there(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(ada).post(RULES, {**asked(tree.tenant), "roleId": OWN.id}, format="json")

    assert (answer.status_code, AccessRule.objects.filter(role_id=OWN.id).exists()) == (400, False)
