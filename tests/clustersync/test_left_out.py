"""Who makes an access rule is told whose tokens do not name its group, and nobody is told of others' groups."""

import json
from collections.abc import Callable
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from access.models import AccessRule
from access.not_carried import said_of_tokens
from accounts.models import Group, Membership, User
from clustersync.models import Cluster, Mode, Phase, RuleStatus, SyncReport
from clustersync.services.left_out import MEASURED_EVERY, left_out_by_rule, left_out_of, note_left_out, note_where_due
from clustersync.services.reports import AgentReport, keep_report
from tests import cast
from tests.conftest import APIAs, BrowserAs

RULES = "/api/v1/authorization/access-rules"
MANY = 100  # as many as a token names
LATE = "zz-late"


def in_too_many(user: User, tree: cast.Tree) -> AccessRule:
    """Put them into one group more than a token has room for; the last of them is left out. Its rule."""
    groups = Group.objects.bulk_create([Group(name=f"team-{number:03}") for number in range(MANY)])
    groups.append(Group.objects.create(name=LATE))
    Membership.objects.bulk_create([Membership(group=group, user=user) for group in groups])
    rules = [
        AccessRule(subject_type="group", subject_id=group.name, role_id=cast.role_id("Viewer"), scope=tree.faces)
        for group in groups
    ]
    return AccessRule.objects.bulk_create(rules)[-1]


@pytest.fixture
def offline(prod: Cluster) -> Cluster:
    Cluster.objects.filter(pk=prod.pk).update(mode=Mode.OIDC)
    prod.mode = Mode.OIDC
    return prod


@pytest.fixture
def late(offline: Cluster, bob: User, tree: cast.Tree) -> AccessRule:
    return in_too_many(bob, tree)


def asked(tree: cast.Tree, **other: object) -> dict[str, object]:
    whom = {"subjectId": LATE, "subjectType": "group", "roleId": cast.role_id("L1 researcher")}
    return {**whom, "scopeId": tree.faces.pk, "scopeType": "project", **other}


def note(api_as: APIAs, reader: User, rule: AccessRule) -> str:
    return str(api_as(reader).get(f"{RULES}/{rule.pk}").json()["tokenNote"])


def test_the_answer_to_a_new_rule_says_whom_it_gives_nothing(
    ada: User, late: AccessRule, tree: cast.Tree, api_as: APIAs
) -> None:
    late.delete()
    AccessRule.objects.filter(subject_id="team-000").update(role_id=cast.role_id("Editor"))
    made = api_as(ada).post(RULES, asked(tree, roleId=cast.role_id("Viewer")), format="json").json()

    assert "In prod the token of one member does not name this group" in made["tokenNote"]
    assert "bob@example.com" in made["tokenNote"]
    assert "have the cluster ask us (webhook)" in made["tokenNote"]


def test_a_rule_that_gives_more_moves_its_group_into_the_token(
    ada: User, late: AccessRule, tree: cast.Tree, api_as: APIAs
) -> None:
    made = api_as(ada).post(RULES, asked(tree), format="json").json()

    assert made["tokenNote"] == ""


def test_the_admin_says_it_when_the_rule_is_made_and_on_its_page(
    ada: User, late: AccessRule, tree: cast.Tree, browser_as: BrowserAs
) -> None:
    late.delete()
    form = {"subject_type": "group", "subject_id": LATE, "role_id": cast.role_id("Viewer"), "scope": tree.faces.pk}
    form["confirmed"] = "yes"
    made = browser_as(ada).post("/admin/access/accessrule/add/", form, follow=True).content.decode()

    rule = AccessRule.objects.get(subject_id=LATE)
    page = browser_as(ada).get(f"/admin/access/accessrule/{rule.pk}/change/").content.decode()

    for said in (made, page):
        assert "does not name this group, so the rule gives them nothing there: bob@example.com" in said


@pytest.mark.parametrize("change", [{"mode": Mode.WEBHOOK}, {"enabled": False}, {"legacy_flags": True}])
def test_nothing_is_said_where_groups_are_not_read_in_tokens(
    ada: User, late: AccessRule, offline: Cluster, api_as: APIAs, change: dict[str, object]
) -> None:
    before = note(api_as, ada, late)
    Cluster.objects.filter(pk=offline.pk).update(**change)

    assert before
    assert note(api_as, ada, late) == ""


@pytest.mark.parametrize(
    ("path", "content_type", "named", "counted"),
    [
        ("/api/v1/token", "application/json", "groupsLeftOut", "groupsLeftOutCount"),
        ("/api/v2/token", "application/x-www-form-urlencoded", "groups_left_out", "groups_left_out_count"),
    ],
)
def test_the_answer_with_a_token_names_what_it_leaves_out(
    keys: None, late: AccessRule, offline: Cluster, bob: User, path: str, content_type: str, named: str, counted: str
) -> None:
    known = {"username": bob.email, "password": cast.PASSWORD}
    body: dict[str, str] = {"grantType": "password", "audience": offline.audience, **known}
    if named == "groups_left_out":
        body = {"grant_type": "password", "resource": offline.audience, "scope": "openid", **known}
    sent = json.dumps(body) if content_type.endswith("json") else urlencode(body)
    answer = Client().post(path, sent, content_type=content_type).json()

    assert (answer[named], answer[counted]) == (left_out_of(bob, offline), 1)
    assert answer[named] == [LATE]


def test_no_answer_names_any_where_all_fit(offline: Cluster, researcher: User, keys: None) -> None:
    body = {"grantType": "password", "audience": offline.audience, "username": researcher.email}
    answer = Client().post("/api/v1/token", {**body, "password": cast.PASSWORD}, content_type="application/json")

    assert answer.status_code == 200
    assert "groupsLeftOut" not in answer.json()


Lose = Callable[[User, Cluster], object]


@pytest.mark.parametrize(
    "lose",
    [
        lambda user, cluster: Membership.objects.filter(user=user, group__name="team-007").delete(),
        lambda user, cluster: AccessRule.objects.filter(subject_id="team-007").update(deleted_at=timezone.now()),
        lambda user, cluster: User.objects.filter(pk=user.pk).update(enabled=False),
        lambda user, cluster: AccessRule.objects.filter(subject_id="team-007").update(source="corp"),
    ],
)
def test_it_ends_with_what_made_the_token_too_large(late: AccessRule, offline: Cluster, bob: User, lose: Lose) -> None:
    before = left_out_by_rule(late)
    lose(bob, offline)

    assert [one.user for one in before.tokens] == [bob]
    assert not left_out_by_rule(late).tokens


def test_long_names_fill_a_token_too(offline: Cluster, bob: User, tree: cast.Tree) -> None:
    for number in range(20):
        name = f"{number:02}-" + "n" * 190
        rule = cast.rule("group", cast.make_group(name, bob).name, "Viewer", tree.faces)

    found = left_out_by_rule(rule)

    assert [one.user for one in found.tokens] == [bob]
    assert rule.subject_id in found.tokens[0].groups


def test_who_reads_no_groups_is_told_of_themselves_alone(late: AccessRule, bob: User, charlie: User) -> None:
    Membership.objects.create(group=Group.objects.get(name=LATE), user=charlie)

    assert "your tokens do not name this group" in said_of_tokens(late, reader=bob)
    assert said_of_tokens(late, reader=charlie) == ""


def test_who_reads_groups_and_no_users_is_told_how_many(
    ada: User, late: AccessRule, api_as: APIAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "access.adapters.authority.AccessAuthority.visible_users", lambda self, actor: User.objects.none()
    )

    said = note(api_as, ada, late)

    assert "the token of one member does not name this group" in said
    assert "bob" not in said


def synced(cluster: Cluster, rule: AccessRule) -> None:
    keep_report(cluster, AgentReport(seconds=0.1, applied=1, rules={rule.pk: (Phase.READY.value, "")}))


def test_a_rule_is_not_plainly_ready_where_tokens_leave_its_group_out(
    ada: User, late: AccessRule, offline: Cluster, api_as: APIAs, browser_as: BrowserAs
) -> None:
    synced(offline, late)

    (listed,) = api_as(ada).get(RULES, {"subjectId": LATE}).json()["accessRules"]
    ready = api_as(ada).get(RULES, {"filterBy": "phase==Ready"}).json()["accessRules"]
    page = browser_as(ada).get(f"/admin/clustersync/cluster/{offline.pk}/agent/").content.decode()

    assert listed["status"]["phase"] == "NotReady"
    assert "their tokens do not name it" in listed["status"]["message"]
    assert late.pk not in [rule["id"] for rule in ready]
    assert "Issues found: 1" in page
    assert "their tokens do not name it" in page


def test_it_is_looked_at_again_as_time_passes(late: AccessRule, offline: Cluster, bob: User) -> None:
    synced(offline, late)
    note_where_due(seconds=9)
    Membership.objects.filter(user=bob, group__name="team-007").delete()

    note_where_due(seconds=9)
    too_soon = RuleStatus.objects.get(rule=late).carried
    SyncReport.objects.update(measured_at=timezone.now() - MEASURED_EVERY * 1.1)
    assert note_where_due(seconds=9)

    assert (too_soon, RuleStatus.objects.get(rule=late).carried) == (False, True)


def test_the_queries_do_not_grow_with_people_whose_tokens_fit(
    late: AccessRule, offline: Cluster, tree: cast.Tree, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    group = Group.objects.get(name=LATE)
    for number in range(30):
        Membership.objects.create(group=group, user=cast.person(f"member-{number}"))

    with django_assert_max_num_queries(20):
        found = left_out_by_rule(late)
    note_left_out(offline)

    assert len(found.tokens) == 1
    assert found.complete
