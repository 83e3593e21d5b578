"""What became of an access rule in the clusters, as the published API and the admin show it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from access.models import AccessRule, Scope, ScopeType
from access.ports.rule_statuses import rule_statuses
from accounts.models import User
from clustersync.adapters import rule_statuses as answers
from clustersync.models import Cluster, Phase, RuleStatus, SyncReport
from tests import cast
from tests.conftest import APIAs, BrowserAs

RULES = "/api/v1/authorization/access-rules"
Says = Callable[..., None]


@pytest.fixture
def lab(tree: cast.Tree) -> Cluster:
    scope = cast.node(ScopeType.CLUSTER, "c0000000-0000-4000-8000-000000000002", "lab", tree.tenant)
    return cast.cluster(scope, "lab-webhook-token")


def synced(cluster: Cluster) -> None:
    SyncReport.objects.get_or_create(cluster=cluster, defaults={"at": timezone.now(), "seconds": 0.1})


def reported(cluster: Cluster, rule: AccessRule, phase: str, message: str = "") -> None:
    synced(cluster)
    RuleStatus.objects.create(cluster=cluster, rule=rule, phase=phase, message=message, updated_at=timezone.now())


def status(api: Any, rule: AccessRule) -> dict[str, str] | None:
    found: dict[str, str] | None = api.get(f"{RULES}/{rule.pk}").json().get("status")
    (listed,) = api.get(RULES, {"subjectId": rule.subject_id, "includeDeleted": "true"}).json()["accessRules"]
    assert listed.get("status") == found
    return found


@pytest.fixture
def rule(tree: cast.Tree) -> AccessRule:
    """Zoe's, in the project faces."""
    return cast.rule("user", "zoe@example.com", "Viewer", tree.faces)


@pytest.fixture
def wide(tree: cast.Tree) -> AccessRule:
    """Wim's, in the whole account."""
    return cast.rule("user", "wim@example.com", "Viewer", tree.tenant)


def test_it_says_nothing_where_no_cluster_ever_did(ada: User, prod: Cluster, rule: AccessRule, api_as: APIAs) -> None:
    assert status(api_as(ada), rule) is None
    assert "status" not in api_as(ada).get(f"{RULES}/{rule.pk}").json()


@pytest.mark.parametrize("phase", [Phase.READY, Phase.NOT_READY, Phase.CREATING])
def test_it_says_what_the_cluster_reported(
    ada: User, prod: Cluster, rule: AccessRule, api_as: APIAs, phase: str
) -> None:
    reported(prod, rule, phase, "There is no namespace runai-faces.")

    assert status(api_as(ada), rule) == {
        "phase": phase,
        "message": "There is no namespace runai-faces.",
        "details": f"{phase}: [{prod.pk}]",
    }


def test_it_is_being_created_until_the_agent_says_otherwise(
    ada: User, prod: Cluster, lab: Cluster, rule: AccessRule, api_as: APIAs
) -> None:
    synced(lab)
    before = status(api_as(ada), rule)
    synced(prod)

    after = status(api_as(ada), rule)

    assert before is None
    assert after is not None
    assert (after["phase"], after["details"]) == ("Creating", f"Creating: [{prod.pk}]")


def test_it_combines_clusters_the_furthest_from_done_first(
    ada: User, prod: Cluster, lab: Cluster, wide: AccessRule, api_as: APIAs
) -> None:
    reported(prod, wide, Phase.READY)
    reported(lab, wide, Phase.NOT_READY, "You may not create clusterrolebindings.")

    assert status(api_as(ada), wide) == {
        "phase": "NotReady",
        "message": "You may not create clusterrolebindings.",
        "details": f"NotReady: [{lab.pk}]; Ready: [{prod.pk}]",
    }


def test_it_is_being_deleted_while_a_cluster_has_it(
    ada: User, prod: Cluster, lab: Cluster, wide: AccessRule, api_as: APIAs
) -> None:
    reported(prod, wide, Phase.READY)
    reported(lab, wide, Phase.NOT_READY)
    AccessRule.objects.filter(pk=wide.pk).update(deleted_at=timezone.now())

    deleting = status(api_as(ada), wide)
    RuleStatus.objects.all().delete()

    assert deleting is not None
    assert (deleting["phase"], deleting["details"]) == ("Deleting", f"Deleting: [{prod.pk},{lab.pk}]")
    assert status(api_as(ada), wide) is None


def test_it_answers_a_new_rule_with_its_status(ada: User, prod: Cluster, tree: cast.Tree, api_as: APIAs) -> None:
    synced(prod)
    wanted = {"subjectId": "new@example.com", "subjectType": "user", "roleId": cast.role_id("Viewer")}

    made = api_as(ada).post(RULES, {**wanted, "scopeId": tree.faces.pk, "scopeType": "project"}, format="json").json()

    assert made["status"]["phase"] == "Creating"


def test_it_names_a_few_of_many_clusters(
    ada: User, tree: cast.Tree, wide: AccessRule, api_as: APIAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "MOST_NAMED", 2)
    clusters = [cast.cluster(_cluster(tree, number), f"token-{number}") for number in range(7)]
    for cluster in clusters[:4]:
        reported(cluster, wide, Phase.READY)
    for cluster in clusters[4:]:
        synced(cluster)

    found = status(api_as(ada), wide)

    assert found is not None
    assert found["details"] == f"Creating: [3 more]; Ready: [{clusters[0].pk},{clusters[1].pk},2 more]"


def _cluster(tree: cast.Tree, number: int) -> Scope:
    return cast.node(ScopeType.CLUSTER, f"c0000000-0000-4000-9000-00000000000{number}", f"c{number}", tree.tenant)


@pytest.fixture
def some_of_each(prod: Cluster, lab: Cluster, tree: cast.Tree) -> dict[str, AccessRule]:
    """By what its phase should be; of no status, a rule in a cluster that never reported."""
    dark = cast.cluster(_cluster(tree, 9), "dark-webhook-token")
    rules = {
        phase: cast.rule("user", f"{phase}@example.com", "Viewer", scope)
        for phase, scope in {
            "Ready": tree.faces,
            "NotReady": tree.tenant,
            "Creating": tree.tenant,
            "Deleting": tree.vision,
            "CreatingHere": tree.vision,
            "": dark.scope,
        }.items()
    }
    reported(prod, rules["Ready"], Phase.READY)
    reported(prod, rules["NotReady"], Phase.NOT_READY)
    reported(lab, rules["NotReady"], Phase.READY)
    reported(prod, rules["Creating"], Phase.READY)
    reported(prod, rules["Deleting"], Phase.READY)
    rules["Deleting"].deleted_at = timezone.now()
    rules["Deleting"].save()
    return rules


def test_lists_are_filtered_and_sorted_by_the_phase_that_they_show(
    ada: User, some_of_each: dict[str, AccessRule], api_as: APIAs
) -> None:
    rules = [rule for rule in some_of_each.values() if not rule.deleted_at]

    for phase in ("Ready", "NotReady", "Creating"):
        shown = api_as(ada).get(RULES, {"filterBy": f"phase=={phase},subjectId!=ada@example.com"}).json()["accessRules"]
        found = rule_statuses().of(rules)
        assert {rule["id"] for rule in shown} == {id_ for id_, status_ in found.items() if status_.phase == phase}
    ordered = api_as(ada).get(RULES, {"sortBy": "phase", "sortOrder": "desc"}).json()["accessRules"]
    phases = [rule.get("status", {}).get("phase", "") for rule in ordered]
    assert phases == sorted(phases, reverse=True)


def test_both_ways_to_a_phase_agree(some_of_each: dict[str, AccessRule]) -> None:
    rules = list(AccessRule.objects.select_related("scope"))

    annotated = {rule.pk: rule.phase for rule in rule_statuses().with_phase(AccessRule.objects.all())}  # type: ignore[attr-defined]

    assert {id_: phase for id_, phase in annotated.items() if phase} == {
        id_: found.phase for id_, found in rule_statuses().of(rules).items()
    }
    assert {annotated[rule.pk] for rule in some_of_each.values()} == {"Ready", "NotReady", "Creating", "Deleting", ""}


def test_it_takes_two_queries_for_a_page(
    some_of_each: dict[str, AccessRule], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rules = list(AccessRule.objects.select_related("scope"))

    with django_assert_num_queries(2):
        rule_statuses().of(rules)


def test_the_admin_says_it_too(ada: User, some_of_each: dict[str, AccessRule], browser_as: BrowserAs) -> None:
    page = browser_as(ada).get("/admin/access/accessrule/").content.decode()
    one = browser_as(ada).get(f"/admin/access/accessrule/{some_of_each['NotReady'].pk}/change/").content.decode()

    for said in ("No issues found", "Issues found", "Creating…", "No agent reports"):
        assert said in page
    assert "Issues found" in one
