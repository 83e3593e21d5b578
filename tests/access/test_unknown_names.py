"""What a request carries and nobody reads is refused by its name, at every endpoint and at every depth."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from access.models import AccessRule
from accounts.models import Group, User
from clustersync.models import Cluster, CredentialKind
from clustersync.services.credentials import new_credential
from common.actors import SYSTEM
from runai_identity.api_description import FILE
from tests import cast
from tests.access.test_deny_by_default import CALLS, RBAC_STATUS, SAMPLES, TOKENREVIEW
from tests.conftest import APIAs

OPENAPI: dict[str, Any] = json.loads(FILE.read_text())
# Kubernetes' own objects, to which its releases add fields.
OF_KUBERNETES = {TOKENREVIEW, f"/api/v1/clusters/{SAMPLES['uuid']}/rbac/diff"}
# An agent may be newer than the server.
OF_AGENTS = {RBAC_STATUS}
SURPRISE = "surprise"
EXAMPLES = {
    "key": "browserSessionTimeout",
    "role_id": "1",
    "rule_id": "1",
    "credential_id": "1",
    "scope_id": "x",
    "alias": "x",
}


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in schema or "allOf" in schema:
        schema = schema["allOf"][0] if "allOf" in schema else OPENAPI["components"]["schemas"][schema["$ref"][21:]]
    return schema


def bodies(schema: dict[str, Any]) -> Iterator[Any]:
    """One body for each object of the schema, with a field there that it doesn't have."""
    schema = resolved(schema)
    for one in schema.get("oneOf", ()):
        yield from bodies(one)
    if schema.get("type") == "object" and "properties" in schema:
        yield {SURPRISE: 1}
        for name, inner in schema["properties"].items():
            yield from ({name: body} for body in bodies(inner))
    elif schema.get("type") == "array":
        yield from ([body] for body in bodies(schema["items"]))


def requests() -> Iterator[tuple[str, str, Any]]:
    for path, item in OPENAPI["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if method in ("post", "put", "patch", "delete"):
                yield from (
                    (path, method, body) for body in (bodies(content["schema"]) if content else [{SURPRISE: 1}])
                )


def concrete(path: str) -> str:
    for name, value in EXAMPLES.items():
        path = path.replace(f"{{{name}}}", value)
    for name in ("uuid", "id", "user_pk"):
        path = path.replace(f"{{{name}}}", SAMPLES["uuid"])
    return path


LENIENT = OF_KUBERNETES | OF_AGENTS
BODIES = [(concrete(path), method, body) for path, method, body in requests() if concrete(path) not in LENIENT]


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def test_there_is_something_to_try() -> None:
    assert len(BODIES) > 45
    assert any(SURPRISE not in body for _, _, body in BODIES)


@pytest.mark.parametrize(("path", "method"), [call for call in CALLS if call[0] not in (TOKENREVIEW, RBAC_STATUS)])
def test_no_parameter_is_passed_over(path: str, method: str, admin: APIClient) -> None:
    answer = admin.generic(method, f"{path}?{SURPRISE}=1", "{}", content_type="application/json")

    assert (answer.status_code, answer.json()["details"]) == (400, "unknown_parameter")
    assert answer.json()["message"].startswith(f"{SURPRISE}: There is no such parameter here.")


@pytest.mark.parametrize(("path", "method", "body"), BODIES)
def test_no_field_is_passed_over(path: str, method: str, body: Any, admin: APIClient, prod: Cluster) -> None:
    path = path.replace(f"/clusters/{SAMPLES['uuid']}", f"/clusters/{prod.pk}")
    answer = admin.generic(method, path, json.dumps(body), content_type="application/json")

    assert answer.status_code == 400
    assert f"{SURPRISE}: Th" in answer.json()["message"]


def test_an_agent_asks_for_nothing_that_is_unknown(prod: Cluster, ada: User) -> None:
    token = new_credential(actor=SYSTEM, cluster=prod, kind=CredentialKind.AGENT)
    client = APIClient(headers={"Authorization": f"Bearer {token}"})

    assert client.get(f"/api/v1/clusters/{prod.pk}/rbac", {SURPRISE: "1"}).status_code == 400


@pytest.mark.parametrize(
    ("sent", "meant"),
    [("apiURL", "apiUrl"), ("api_url", "apiUrl"), ("certificateauthority", "certificateAuthority"), ("Mode", "mode")],
)
def test_it_says_which_field_was_meant(sent: str, meant: str, tree: cast.Tree, admin: APIClient) -> None:
    answer = admin.post("/api/v1/clusters", {"name": "prod", sent: "x"}).json()

    assert answer["message"] == f"{sent}: There is no such field here. Did you mean {meant}?"


@pytest.mark.parametrize(
    ("path", "field", "one"),
    [
        ("/api/v1/clusters", "mode", "webhook"),
        ("/api/v1/authorization/access-rules", "scopeType", "project"),
        ("/api/v1/token", "grantType", "refresh_token"),
    ],
)
def test_it_says_which_values_a_field_takes(path: str, field: str, one: str, tree: cast.Tree, admin: APIClient) -> None:
    message = admin.post(path, {field: "{nonsense}"}).json()["message"]

    assert f'{field}: "{{nonsense}}" is not a valid choice. It takes: ' in message
    assert one in message


def test_a_rule_with_an_end_is_not_made_without_one(tree: cast.Tree, admin: APIClient) -> None:
    body = {"subjectId": "dora@example.com", "subjectType": "user", "roleId": 1, "scopeType": "project"}
    before = AccessRule.objects.count()

    answer = admin.post(
        "/api/v1/authorization/access-rules", {**body, "scopeId": tree.faces.pk, "expiresAt": "2027-01-01T00:00:00Z"}
    )

    assert "expiresAt" in answer.json()["message"]
    assert AccessRule.objects.count() == before


@pytest.mark.parametrize("field", ["description", "resources", "schedulingRules", "defaultNodePools", "nodeTypes"])
def test_what_the_platforms_clients_tell_the_scheduler_is_taken(field: str, tree: cast.Tree, admin: APIClient) -> None:
    body = {"name": "cars", "parentId": tree.vision.pk, field: None}

    assert admin.post("/api/v1/org-unit/projects", body).status_code == 201


def test_a_project_is_in_the_cluster_of_its_department(tree: cast.Tree, admin: APIClient) -> None:
    body = {"name": "cars", "parentId": tree.vision.pk, "clusterId": "another"}

    assert admin.post("/api/v1/org-unit/projects", body).json()["details"] == "wrong_cluster"
    assert admin.post("/api/v1/org-unit/projects", {**body, "clusterId": tree.vision.parent_id}).status_code == 201


@pytest.mark.parametrize(
    ("answer", "named"), [("false", ["Researchers", "dora@example.com"]), ("true", ["ada@example.com", "researchers"])]
)
def test_rules_that_wait_for_somebody_are_found(
    answer: str, named: list[str], tree: cast.Tree, researchers: Group, admin: APIClient
) -> None:
    cast.rule("user", "dora@example.com", "Viewer", tree.faces)
    cast.rule("group", "Researchers", "Viewer", tree.faces)

    found = admin.get("/api/v1/authorization/access-rules", {"filterBy": f"subjectExists=={answer}"}).json()

    assert sorted(rule["subjectId"] for rule in found["accessRules"]) == named
    assert [bool(rule["subjectNote"]) for rule in found["accessRules"]] == [answer == "false"] * 2


def test_a_name_in_another_case_is_told(tree: cast.Tree, researchers: Group, admin: APIClient) -> None:
    body = {"subjectId": "Researchers", "subjectType": "group", "roleId": 8, "scopeType": "project"}

    made = admin.post("/api/v1/authorization/access-rules", {**body, "scopeId": tree.faces.pk}).json()

    assert "differs in upper and lower case" in made["subjectNote"]
