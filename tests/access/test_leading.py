"""Which roles can lead to System administrator: the table, and the verbs themselves, tried with every role."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from access.catalog import ROLES, Role
from access.leading import leads_to_administrator
from accounts.models import Group, User
from clustersync.models import Cluster
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application

HEIGHTS = ("system", "tenant", "cluster", "department", "project")
EXPECTED = {
    "System administrator": HEIGHTS,
    "Cloud operator": ("system", "tenant", "cluster"),
    "Application administrator": ("system", "tenant"),
    "Department administrator": ("system", "tenant"),
}


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.slug)
def test_every_role_leads_where_it_should(role: Role) -> None:
    leads = tuple(height for height in HEIGHTS if leads_to_administrator(role, height))

    assert leads == EXPECTED.get(role.name, ("system",))


Doing = tuple[str, str, dict[str, Any]]


def doings(victim: User, group: Group, robo: Application, prod: Cluster) -> list[Doing]:
    """What decides who somebody is, or where their token goes: as requests."""
    return [
        ("post", "/api/v1/idps", {"type": "saml"}),
        ("put", "/api/v1/security/settings/browserSessionTimeout", {"idleTimeout": 60}),
        ("post", "/api/v1/users", {"email": "new@example.com"}),
        ("post", f"/api/v1/users/{victim.pk}/password", {}),
        ("patch", f"/api/v1/users/{victim.pk}", {"firstName": "V"}),
        ("post", f"/api/v1/groups/{group.pk}/members", {"userId": str(victim.pk)}),
        ("post", "/api/v1/apps", {"name": "helper"}),
        ("post", f"/api/v1/apps/{robo.pk}/secret", {}),
        ("delete", f"/api/v1/apps/{robo.pk}/previous-secret", {}),
        ("post", "/api/v1/clusters", {"name": "more"}),
        ("patch", f"/api/v1/clusters/{prod.pk}", {"apiUrl": "https://gpu.example.com:6443"}),
    ]


@pytest.fixture
def tried(charlie: User, robo: Application, prod: Cluster) -> list[Doing]:
    return doings(charlie, cast.make_group("crowd"), robo, prod)


def opened_for(client: APIClient, tried: list[Doing]) -> list[str]:
    answers = {f"{method} {path}": getattr(client, method)(path, body, format="json") for method, path, body in tried}
    return [what for what, answer in answers.items() if answer.status_code not in (403, 404, 405)]


def test_a_system_administrator_opens_all_of_them(tried: list[Doing], ada: User, api_as: APIAs) -> None:
    assert len(opened_for(api_as(ada), tried)) == len(tried)


@pytest.mark.parametrize("role", ROLES.values(), ids=lambda role: role.slug)
@pytest.mark.parametrize("height", ["tenant", "prod", "vision", "faces"])
def test_no_other_role_opens_a_verb_that_decides_who_somebody_is(
    role: Role, height: str, tree: cast.Tree, api_as: APIAs, tried: list[Doing]
) -> None:
    scope = getattr(tree, height)
    actor = cast.person("actor")
    cast.rule("user", actor.email, role.name, scope)

    opened = opened_for(api_as(actor), tried)

    assert not opened or leads_to_administrator(role, scope.type), opened
