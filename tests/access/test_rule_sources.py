"""A rule says whose word counts: a name that another source asserts meets it nowhere."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from access.models import AccessRule, Scope
from access.services.subjects import withheld_by
from accounts.models import Group, Membership, User
from clustersync.models import Cluster
from clustersync.services.rbac import desired_rbac
from sso.models import IdentityProvider
from tests import cast
from tests.access.test_granting import RULES, asked
from tests.conftest import APIAs

SOURCES = ["", "local", "okta", "azure"]
WHY = "/api/v1/authorization/why"


@pytest.fixture(autouse=True)
def providers(db: None) -> None:
    for alias in ("okta", "azure"):
        IdentityProvider.objects.create(
            alias=alias, type="saml", name=alias, email_domains=["*"], group_names=["*"], enabled=True
        )


def brought_by(alias: str, name: str = "jane") -> User:
    """A user of this provider, or a local one."""
    return cast.person(name, source=alias, is_local=not alias, email_verified_by=alias)


def sourced(kind: str, subject_id: str, source: str, scope: Any, role: str = "Viewer") -> AccessRule:
    rule = cast.rule(kind, subject_id, role, scope)
    AccessRule.objects.filter(pk=rule.pk).update(source=source)
    return rule


def meets(source: str, rule_source: str) -> bool:
    return rule_source in ("", source or "local")


def told(reader: APIClient, user: User, tree: cast.Tree) -> Any:
    """What an administrator is told of why this user may read the project, or not."""
    asked_of = {"subjectType": "user", "subjectId": user.email}
    return reader.get(WHY, {"action": "read", "resourceType": "project", "scopeId": tree.faces.pk, **asked_of}).json()


@pytest.mark.parametrize("rule_source", SOURCES)
@pytest.mark.parametrize("source", ["", "okta", "azure"])
def test_a_user_meets_the_rules_of_their_source(
    source: str, rule_source: str, tree: cast.Tree, prod: Cluster, ada: User, api_as: APIAs
) -> None:
    user = brought_by(source)
    rule = sourced("user", user.email, rule_source, tree.faces)
    met = meets(source, rule_source)

    assert (api_as(user).get("/api/v1/org-unit/projects").status_code == 200) is met
    assert told(api_as(ada), user, tree)["allowed"] is met
    assert (rule.pk in desired_rbac(prod).problems) is not met
    assert bool(withheld_by(AccessRule.objects.get(pk=rule.pk))) is not met


@pytest.mark.parametrize("rule_source", SOURCES)
@pytest.mark.parametrize("source", ["", "okta", "azure"])
def test_a_member_meets_the_rules_of_who_put_them_there(
    source: str, rule_source: str, tree: cast.Tree, charlie: User, ada: User, api_as: APIAs
) -> None:
    Membership.objects.create(group=Group.objects.create(name="crew"), user=charlie, source=source)
    rule = sourced("group", "crew", rule_source, tree.faces)
    met = meets(source, rule_source)

    assert (api_as(charlie).get("/api/v1/org-unit/projects").status_code == 200) is met
    assert told(api_as(ada), charlie, tree)["allowed"] is met
    assert bool(withheld_by(AccessRule.objects.get(pk=rule.pk))) is not met


def test_no_cluster_binds_a_name_that_its_source_has_not_brought_yet(tree: cast.Tree, prod: Cluster) -> None:
    waiting = sourced("user", "boss@corp.com", "okta", tree.faces)
    for_anybody = sourced("user", "bob@corp.com", "", tree.faces)

    desired = desired_rbac(prod)

    assert list(desired.problems) == [waiting.pk]
    assert desired.by_rule[for_anybody.pk]


def test_it_says_why_a_rule_gives_nothing(tree: cast.Tree, ada: User, api_as: APIAs) -> None:
    user = brought_by("okta")
    sourced("user", user.email, "azure", tree.faces)

    sentences = " ".join(told(api_as(ada), user, tree)["explanation"])

    assert "but it gives them nothing: the rule is for whom the identity provider azure names" in sentences


def test_it_is_given_and_told_by_api(ada: User, tree: cast.Tree, bob: User, api_as: APIAs) -> None:
    answer = api_as(ada).post(RULES, asked(tree.faces, subjectSource="okta"), format="json")

    assert (answer.status_code, answer.json()["subjectSource"], answer.json()["subjectExists"]) == (201, "okta", True)
    listed = api_as(ada).get(RULES, {"filterBy": "subjectSource==okta"}).json()["accessRules"]
    assert [rule["subjectSource"] for rule in listed] == ["okta"]


@pytest.mark.parametrize(
    ("kind", "source"), [("user", "ldap"), ("group", "*"), ("app", "okta"), ("app", "local"), ("user", "Okta")]
)
def test_it_refuses_a_source_that_is_none(ada: User, tree: cast.Tree, api_as: APIAs, kind: str, source: str) -> None:
    name = {"user": "bob@example.com"}.get(kind, "worker")

    answer = api_as(ada).post(
        RULES, asked(tree.faces, subjectType=kind, subjectId=name, subjectSource=source), format="json"
    )

    assert (answer.status_code, answer.json()["details"]) == (400, "bad_source")
    assert not AccessRule.objects.filter(subject_id=name).exists()


def test_one_name_may_have_a_rule_for_each_source(ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    statuses = [
        api_as(ada).post(RULES, asked(tree.faces, subjectSource=source), format="json").status_code
        for source in ("okta", "azure", "okta")
    ]

    assert statuses == [201, 201, 409]


@pytest.mark.parametrize("source", SOURCES)
def test_who_makes_the_user_for_whom_a_rule_waits_must_hold_it(
    ada: User, tree: cast.Tree, api_as: APIAs, source: str
) -> None:
    """Whoever it waits for: the name would be taken."""
    zeus, root = cast.person("zeus"), Scope.objects.get(type="system")
    cast.rule("user", zeus.email, "System administrator", root)
    sourced("user", "new@example.com", source, root, "System administrator")

    answers = [api_as(who).post("/api/v1/users", {"email": "new@example.com"}, format="json") for who in (ada, zeus)]

    assert [answer.status_code for answer in answers] == [403, 201]


def test_whether_somebody_exists_is_for_who_reads_users(tree: cast.Tree, bob: User, api_as: APIAs) -> None:
    manager = cast.person("manager")
    cast.rule("user", manager.email, "Research manager", tree.faces)
    cast.rule("user", bob.email, "L1 researcher", tree.faces)

    rules = api_as(manager).get(RULES, {"subjectId": bob.email}).json()["accessRules"]

    asked = {"filterBy": "subjectExists==true", "subjectId": bob.email}
    assert [rule["subjectExists"] for rule in rules] == [None]
    assert api_as(manager).get(RULES, asked).json()["totalRecords"] == 0
