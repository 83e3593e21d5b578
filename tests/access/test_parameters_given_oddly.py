"""A parameter that is repeated, empty or misspelt is refused by its name: else it would answer for everything."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from access.models import AccessRule
from access.ports.rule_statuses import PHASES
from accounts.models import Group, User
from audit.models import Event
from clustersync.models import Cluster
from clustersync.models.rbac import Phase
from tests import cast
from tests.access.test_deny_by_default import SAMPLES
from tests.access.test_unknown_names import OPENAPI, concrete, resolved
from tests.conftest import APIAs

RULES = "/api/v1/authorization/access-rules"
REFUSED = {"repeated_parameter", "empty_parameter", "bad_value", "bad_sort", "bad_file_type", "invalid"}


def parameters() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in OPENAPI["paths"].items():
        for method, operation in item.items():
            for one in operation.get("parameters", ()):
                if one["in"] == "query" and one["name"] != "format":  # which REST framework itself refuses by 404
                    yield concrete(path), method, one


PARAMETERS = list(parameters())
IDS = [f"{method} {path} {one['name']}" for path, method, one in PARAMETERS]


@pytest.fixture
def admin(ada: User, api_as: APIAs) -> APIClient:
    return api_as(ada)


def refused(client: APIClient, method: str, path: str, query: str, name: str) -> bool:
    answer = client.generic(method, f"{path}?{query}")
    told = answer.json()
    return answer.status_code == 400 and told["details"] in REFUSED and name in told["message"]


def test_there_is_something_to_try() -> None:
    assert len(PARAMETERS) > 80
    assert sum("enum" in resolved(one["schema"]) for _, _, one in PARAMETERS) > 20
    assert set(PHASES) == set(Phase.values)


@pytest.mark.parametrize(("path", "method", "one"), PARAMETERS, ids=IDS)
def test_none_is_taken_twice_empty_or_misspelt(
    path: str, method: str, one: dict[str, Any], admin: APIClient, prod: Cluster
) -> None:
    path = path.replace(SAMPLES["uuid"], str(prod.pk))
    name, schema = one["name"], resolved(one["schema"])
    example = str(schema.get("enum", ["1"])[0])

    assert schema["type"] == "array" or refused(admin, method, path, f"{name}={example}&{name}={example}", name)
    assert refused(admin, method, path, f"{name}=", name)
    assert refused(admin, method, path, f"{name}={example}&{name}=", name)
    if "enum" in schema or schema["type"] == "boolean":
        assert refused(admin, method, path, f"{name}=nonsense", name)


@pytest.mark.parametrize(
    "query", ["subjectIds=,", "scopeType=projet", "subjectType=usr", "includeDeleted=1", "limit=1"]
)
def test_a_count_answers_no_question_that_was_not_asked(query: str, admin: APIClient) -> None:
    assert admin.get(f"{RULES}/count?{query}").status_code == 400


@pytest.mark.parametrize(
    "condition", ["phase==Readdy", "phase==ready", "phase==", "subjectType==usr", "scopeType!=projet"]
)
def test_a_filter_takes_no_value_that_nothing_can_have(condition: str, admin: APIClient) -> None:
    answer = admin.get(RULES, {"filterBy": condition})

    assert (answer.status_code, answer.json()["details"]) == (400, "bad_filter")
    assert "is one of: " in answer.json()["message"]


@pytest.mark.parametrize("query", [{"subjectId": "{}"}, {"subjectIds": "{}"}, {"filterBy": "subjectId=={}"}])
def test_a_group_is_not_found_by_a_name_in_another_case(
    query: dict[str, str], tree: cast.Tree, admin: APIClient
) -> None:
    cast.rule("group", "Ghosts", "Viewer", tree.faces)
    cast.rule("user", "boo@example.com", "Viewer", tree.faces)

    def found(name: str) -> list[str]:
        asked = {key: value.format(name) for key, value in query.items()}
        return [rule["subjectId"] for rule in admin.get(RULES, asked).json()["accessRules"]]

    assert (found("ghosts"), found("Ghosts"), found("Boo@Example.com")) == ([], ["Ghosts"], ["boo@example.com"])


def test_a_user_is_found_by_a_name_in_any_case_and_a_group_is_not(researchers: Group, admin: APIClient) -> None:
    found = {
        query: len(admin.get(f"/api/v1/{query}").json())
        for query in (
            "users?filterBy=username==ADA@example.com",
            "groups?filterBy=name==researchers",
            "groups?filterBy=name==Researchers",
        )
    }

    assert list(found.values()) == [1, 1, 0]


@pytest.mark.parametrize("kind", ["tenant", "department", "project", "cluster"])
def test_a_rule_in_a_cluster_is_not_made_elsewhere(kind: str, tree: cast.Tree, admin: APIClient) -> None:
    scopes = (tree.tenant, tree.vision.parent, tree.vision, tree.faces)
    scope = next(one for one in scopes if one is not None and one.type == kind)
    assert scope is not None
    body = {"subjectId": "dora@example.com", "subjectType": "user", "roleId": 8, "scopeType": kind, "scopeId": scope.pk}
    before = AccessRule.objects.count()

    answer = admin.post(RULES, {**body, "clusterId": "another"})

    assert (answer.status_code, answer.json()["details"], AccessRule.objects.count()) == (400, "wrong_cluster", before)
    assert admin.post(RULES, {**body, "clusterId": scope.cluster_id}).status_code == 201


@pytest.mark.parametrize("body", ["[]", '["dryRun"]', '[{"overlapSeconds":0}]', '"overlapSeconds=0"', "0", '{"a":1}'])
@pytest.mark.parametrize("path", ["/api/v1/apps/{}/secret", "/api/v1/users/{}/logout", "/api/v1/users/{}/password"])
def test_no_body_is_passed_over(path: str, body: str, ada: User, admin: APIClient) -> None:
    answer = admin.generic("POST", path.format(ada.pk), body, content_type="application/json")

    assert (answer.status_code, answer.json()["details"]) == (400, "unknown_field")


def test_a_file_of_the_audit_log_is_in_the_order_that_was_asked_for(admin: APIClient) -> None:
    for name in ("beta", "alpha", "gamma"):
        Event.objects.create(action=name)

    def actions(query: str) -> list[str]:
        told: Any = admin.get(f"/api/v1/audit/log/file?file_type=JSON&filterBy=action=$a&{query}")
        return [one["action"] for one in json.loads(told.getvalue())]

    assert actions("numberOfSamples=2") == ["gamma", "alpha"]
    assert actions("sortOrder=asc") == ["beta", "alpha", "gamma"]
    assert actions("sortBy=action&sortOrder=asc") == ["alpha", "beta", "gamma"]
