import pytest

from access.models import AccessRule
from accounts.models import User
from audit.models import Event
from tests import cast
from tests.conftest import APIAs

RULES = "/api/v1/authorization/access-rules"


def asked(scope: object, role: str = "L1 researcher", **other: object) -> dict[str, object]:
    usual = {"subjectId": "bob@example.com", "subjectType": "user", "roleId": cast.role_id(role)}
    return {**usual, "scopeId": getattr(scope, "pk", scope), "scopeType": getattr(scope, "type", "project"), **other}


def test_it_makes_an_access_rule(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(vera).post(RULES, asked(tree.faces), format="json")

    assert answer.status_code == 201
    body = answer.json()
    assert {body.pop(name) is not None for name in ("id", "createdAt", "updatedAt")} == {True}
    assert body == {
        **asked(tree.faces),
        "roleName": "L1 researcher",
        "scopeName": "faces",
        "clusterId": tree.prod.pk,
        "tenantId": 1,
        "deletedAt": None,
        "createdBy": "vera@example.com",
        "subjectSource": "",
        "subjectExists": False,
        "subjectNote": "Nothing yet: nobody goes by this name. Whoever first does has it.",
        "tokenNote": "",
    }


def test_it_names_a_user_in_one_spelling(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(vera).post(RULES, asked(tree.faces, subjectId=" Bob@Example.COM"), format="json")

    assert answer.json()["subjectId"] == "bob@example.com"


@pytest.mark.parametrize("kind", ["app", "service-account"])
def test_it_takes_both_names_of_an_application(vera: User, tree: cast.Tree, api_as: APIAs, kind: str) -> None:
    answer = api_as(vera).post(RULES, asked(tree.faces, subjectType=kind, subjectId="robo"), format="json")

    assert answer.json()["subjectType"] == "app"


def test_it_has_effect_at_once(vera: User, bob: User, tree: cast.Tree, api_as: APIAs) -> None:
    before = api_as(bob).get("/api/v1/org-unit/projects").status_code

    api_as(vera).post(RULES, asked(tree.faces), format="json")

    after = api_as(bob).get("/api/v1/org-unit/projects").json()["projects"]
    assert before == 403
    assert [project["name"] for project in after] == ["faces"]


def test_it_records_who_gave_what(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    rule_id = api_as(vera).post(RULES, asked(tree.faces), format="json").json()["id"]

    event = Event.objects.get(action="access_rule:grant")
    assert (event.subject, event.entity_id, event.cluster_id) == ("vera@example.com", str(rule_id), tree.prod.pk)
    assert event.metadata == {
        "subject_type": "user",
        "subject_id": "bob@example.com",
        "role": "L1 researcher",
        "scope": tree.faces.pk,
    }


@pytest.mark.parametrize("role", ["System administrator", "Application administrator", "Cloud operator"])
def test_it_gives_nobody_more_than_the_giver_holds(vera: User, tree: cast.Tree, api_as: APIAs, role: str) -> None:
    answer = api_as(vera).post(RULES, asked(tree.faces, role), format="json")

    assert (answer.status_code, answer.json()["details"]) == (403, "exceeds_own_access")
    assert not AccessRule.objects.filter(subject_id="bob@example.com").exists()


@pytest.mark.parametrize("where", ["dialects", "speech", "prod", "tenant"])
def test_it_gives_nothing_outside_the_givers_scope(vera: User, tree: cast.Tree, api_as: APIAs, where: str) -> None:
    scope = getattr(tree, where)

    answer = api_as(vera).post(RULES, asked(scope), format="json")

    assert answer.status_code == 404
    assert scope.name not in answer.json()["message"]
    assert not AccessRule.objects.filter(subject_id="bob@example.com").exists()


def test_it_does_not_add_two_scopes_together(tree: cast.Tree, charlie: User, api_as: APIAs) -> None:
    cast.rule("user", charlie.email, "Research manager", tree.faces)
    cast.rule("user", charlie.email, "L1 researcher", tree.dialects)

    answer = api_as(charlie).post(RULES, asked(tree.faces), format="json")

    assert (answer.status_code, answer.json()["details"]) == (403, "exceeds_own_access")


def test_it_refuses_who_may_only_read_there(tree: cast.Tree, charlie: User, vera: User, api_as: APIAs) -> None:
    cast.rule("user", vera.email, "Viewer", tree.dialects)

    answer = api_as(vera).post(RULES, asked(tree.dialects, "Viewer"), format="json")

    assert (answer.status_code, answer.json()["details"]) == (403, "forbidden")


def test_it_refuses_a_disabled_giver(eve: User, tree: cast.Tree, api_as: APIAs) -> None:
    assert api_as(eve).post(RULES, asked(tree.faces), format="json").status_code == 403


def test_it_makes_the_same_rule_once(vera: User, tree: cast.Tree, api_as: APIAs) -> None:
    api_as(vera).post(RULES, asked(tree.faces), format="json")

    again = api_as(vera).post(RULES, asked(tree.faces, subjectId="BOB@example.com"), format="json")

    assert (again.status_code, again.json()["details"]) == (409, "rule_exists")


@pytest.mark.parametrize(
    ("wrong", "details"),
    [
        ({"roleId": 2}, "no_such_role"),
        ({"subjectType": "group", "subjectId": "system:masters"}, "bad_subject"),
        ({"subjectType": "group", "subjectId": "a\nb"}, "invalid"),
        ({"subjectType": "group", "subjectId": "g" * 201}, "bad_subject"),
        ({"subjectType": "app", "subjectId": "Robo!"}, "bad_subject"),
        ({"subjectId": "bob"}, "bad_subject"),
        ({"subjectType": "robot"}, "invalid"),
        ({"roleId": "1e3"}, "invalid"),
        ({"scopeId": None}, "invalid"),
    ],
)
def test_it_refuses_what_can_not_be_meant(
    ada: User, tree: cast.Tree, api_as: APIAs, wrong: dict[str, object], details: str
) -> None:
    answer = api_as(ada).post(RULES, {**asked(tree.faces), **wrong}, format="json")

    assert (answer.status_code, answer.json()["details"]) == (400, details)


def test_it_takes_the_type_of_a_scope_at_its_word(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    answer = api_as(ada).post(RULES, asked(tree.faces, scopeType="department"), format="json")

    assert answer.status_code == 404
