from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from access.models import AccessRule
from accounts.models import Group, User
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application

RULES = "/api/v1/authorization/access-rules"
MINE = "/api/v1/authorization/me/access-rules"


@pytest.fixture
def everybody(ada: User, alice: User, vera: User, researchers: Group, robo: Application, tree: cast.Tree) -> None:
    """Six rules: five people's and groups', and one in the project dialects."""
    cast.rule("user", "dora@example.com", "Viewer", tree.dialects)


def named(body: dict[str, list[dict[str, object]]]) -> set[object]:
    return {rule["subjectId"] for rule in body["accessRules"]}


@pytest.mark.usefixtures("everybody")
def test_it_lists_all_to_an_administrator(ada: User, api_as: APIAs) -> None:
    body = api_as(ada).get(RULES, {"limit": 2}).json()

    assert (body["totalRecords"], body["displayRecords"], len(body["accessRules"])) == (6, 2, 2)
    assert api_as(ada).get(f"{RULES}/count").json() == {"count": 6}


@pytest.mark.usefixtures("everybody")
def test_it_lists_and_counts_only_rules_of_the_own_scope(vera: User, api_as: APIAs) -> None:
    body = api_as(vera).get(RULES).json()

    assert named(body) == {"vera@example.com", "alice@example.com", "researchers", "robo"}
    assert body["totalRecords"] == 4
    assert api_as(vera).get(f"{RULES}/count").json() == {"count": 4}


def test_it_lists_no_rule_above_the_tenant_to_its_administrator(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    root = tree.tenant.parent
    assert root is not None
    above = cast.rule("user", "zeus@example.com", "System administrator", root)

    assert named(api_as(ada).get(RULES).json()) == {"ada@example.com"}
    assert api_as(ada).get(f"{RULES}/{above.pk}").status_code == 404


@pytest.mark.usefixtures("everybody")
@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"subjectId": "Alice@Example.com"}, {"alice@example.com"}),
        ({"subjectId": "lice@example.com"}, set()),
        ({"subjectIds": "alice@example.com,robo"}, {"alice@example.com", "robo"}),
        ({"subjectIdFilter": "lice"}, {"alice@example.com"}),
        ({"subjectType": "group"}, {"researchers"}),
        ({"subjectType": "service-account"}, {"robo"}),
        ({"scopeType": "tenant"}, {"ada@example.com"}),
        ({"scopeId": "{dialects}"}, {"dora@example.com"}),
        ({"roleId": "3"}, {"alice@example.com"}),
        ({"clusterId": "1"}, set()),
        ({"search": "dialects"}, {"dora@example.com"}),
        ({"search": "L1 res"}, {"researchers"}),
        ({"filterBy": "scopeId=={dialects}"}, {"dora@example.com"}),
        ({"filterBy": "roleName=^Depart,subjectType==user"}, {"vera@example.com"}),
        ({"filterBy": "roleId<=3,scopeName!=faces"}, {"ada@example.com"}),
        ({"sortBy": "roleName", "limit": "1"}, {"vera@example.com"}),
    ],
)
def test_it_narrows(ada: User, tree: cast.Tree, api_as: APIAs, params: dict[str, str], expected: set[str]) -> None:
    filled = {name: value.format(dialects=tree.dialects.pk) for name, value in params.items()}

    assert named(api_as(ada).get(RULES, filled).json()) == expected


@pytest.mark.usefixtures("everybody")
def test_it_narrows_to_a_cluster_and_what_is_in_it(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    cast.rule("user", "olga@example.com", "Viewer", tree.prod)

    found = named(api_as(ada).get(RULES, {"clusterId": tree.prod.pk}).json())

    assert found >= {"olga@example.com", "alice@example.com", "dora@example.com"}
    assert "ada@example.com" not in found


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "x"},
        {"roleId": "-1"},
        {"roleId": "\u0663"},
        {"sortBy": "password"},
        {"sortOrder": "up"},
        {"filterBy": "secret==1"},
        {"filterBy": "roleId==x"},
        {"lastUpdated": "yesterday"},
    ],
)
def test_it_refuses_what_it_can_not_narrow_by(ada: User, api_as: APIAs, params: dict[str, str]) -> None:
    assert api_as(ada).get(RULES, params).status_code == 400


def test_it_asks_for_many_subjects_as_for_one(ada: User, alice: User, api_as: APIAs) -> None:
    """A condition for each took seconds in the server for a long address."""
    sizes = set()
    for names in (["Alice@example.com "], [*(f"x{number}" for number in range(1500)), "Alice@example.com "]):
        with CaptureQueriesContext(connection) as asked:
            found = api_as(ada).get(RULES, {"subjectIds": ",".join(names)})
        assert named(found.json()) == {"alice@example.com"}
        sizes.add(max(query["sql"].count(" OR ") for query in asked))

    assert len(sizes) == 1


def test_it_lists_deleted_rules_when_asked(ada: User, alice: User, api_as: APIAs) -> None:
    rule = AccessRule.objects.get(subject_id=alice.email)
    api_as(ada).delete(f"{RULES}/{rule.pk}")

    shown = api_as(ada).get(RULES, {"includeDeleted": "true", "subjectId": alice.email}).json()["accessRules"]

    assert [row["deletedAt"] is not None for row in shown] == [True]
    assert "alice@example.com" not in named(api_as(ada).get(RULES).json())


def test_it_lists_what_changed_lately(ada: User, alice: User, api_as: APIAs) -> None:
    AccessRule.objects.filter(subject_id=ada.email).update(updated_at=timezone.now() - timedelta(days=2))

    found = api_as(ada).get(RULES, {"lastUpdated": (timezone.now() - timedelta(days=1)).isoformat()})

    assert named(found.json()) == {"alice@example.com"}


def test_it_shows_one_with_its_scopes_path(ada: User, alice: User, api_as: APIAs) -> None:
    rule = AccessRule.objects.get(subject_id=alice.email)

    body = api_as(ada).get(f"{RULES}/{rule.pk}").json()

    assert (body["id"], body["roleName"], body["scopePath"]) == (rule.pk, "Editor", "runai/prod/vision/faces")


@pytest.mark.parametrize("rule_id", [987654, 2**63, 10**30])
def test_it_answers_an_unseen_rule_as_an_unknown_one(vera: User, tree: cast.Tree, api_as: APIAs, rule_id: int) -> None:
    unseen = cast.rule("user", "dora@example.com", "Viewer", tree.dialects)

    answers = [api_as(vera).get(f"{RULES}/{id_}") for id_ in (unseen.pk, rule_id)]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json() == answers[1].json()


@pytest.mark.usefixtures("everybody")
def test_anybody_sees_the_own_rules(bob: User, robo: Application, charlie: User, api_as: APIAs) -> None:
    shown = [api_as(who).get(MINE).json()["accessRules"] for who in (bob, robo, charlie)]

    assert [named(body) for body in shown] == [{"researchers"}, {"robo"}, set()]
    assert [body["totalRecords"] for body in shown] == [1, 1, 0]
    assert api_as(bob).get(f"{MINE}/count").json() == {"count": 1}


def test_it_asks_the_database_as_often_for_many_rules(
    ada: User, tree: cast.Tree, api_as: APIAs, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        cast.rule("user", f"user{number}@example.com", "Viewer", tree.faces)

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        api_as(ada).get(RULES)
