"""What the page of a cluster says of its agent."""

import pytest

from access.models import AccessRule
from accounts.models import Group, User
from clustersync.models import Cluster
from clustersync.services.reports import AgentReport, keep_report, sync_as_seen_by
from tests import cast
from tests.conftest import BrowserAs


def page(reader: User, cluster: Cluster, browser_as: BrowserAs) -> str:
    return browser_as(reader).get(f"/admin/clustersync/cluster/{cluster.pk}/agent/").content.decode()


def report(rule: AccessRule, cluster: Cluster, phase: str = "Ready", message: str = "") -> None:
    keep_report(
        cluster, AgentReport(seconds=1.5, applied=4, drift=["ClusterRole runai-x"], rules={rule.pk: (phase, message)})
    )


@pytest.fixture
def rule(researchers: Group) -> AccessRule:
    return AccessRule.objects.get(subject_id=researchers.name)


def test_it_says_that_no_agent_has_reported(ada: User, prod: Cluster, browser_as: BrowserAs) -> None:
    assert "No agent has reported from here yet" in page(ada, prod, browser_as)


def test_it_shows_the_last_report(ada: User, prod: Cluster, rule: AccessRule, browser_as: BrowserAs) -> None:
    report(rule, prod)

    shown = page(ada, prod, browser_as)

    assert "4 objects applied" in shown and "No issues found: 1" in shown
    assert "ClusterRole runai-x" in shown


def test_it_leads_to_the_rules_in_trouble(ada: User, prod: Cluster, rule: AccessRule, browser_as: BrowserAs) -> None:
    report(rule, prod, "NotReady", "The namespace is <missing>.")

    shown = page(ada, prod, browser_as)

    assert f"/admin/access/accessrule/{rule.pk}/change/" in shown
    assert "The namespace is &lt;missing&gt;." in shown


def test_it_says_how_many_deleted_rules_are_left(
    ada: User, prod: Cluster, rule: AccessRule, browser_as: BrowserAs
) -> None:
    report(rule, prod)
    AccessRule.objects.filter(pk=rule.pk).update(deleted_at="2026-01-01T00:00:00Z")

    assert "Deleting…: 1" in page(ada, prod, browser_as)


def test_it_is_kept_from_who_may_not_read_the_rules(charlie: User, prod: Cluster, rule: AccessRule) -> None:
    cast.rule("user", charlie.email, "Viewer", prod.scope)
    report(rule, prod)

    assert sync_as_seen_by(charlie, prod) is None
