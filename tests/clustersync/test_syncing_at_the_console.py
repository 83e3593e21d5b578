"""`manage.py syncclusters`: the agent beside the server."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.utils import timezone

from access.models import AccessRule
from accounts.models import Group
from clustersync.agent.kube import APIServerUnreachable, Kubernetes
from clustersync.agent.plan import Wanted
from clustersync.agent.reconcile import ReconcileResult, reconcile
from clustersync.models import Cluster, RuleStatus, SyncReport
from tests.clustersync.held import Held, namespace, prepared


class Reached:
    """Takes the place of the kubeconfig; remembers which contexts were asked for."""

    def __init__(self, cluster: Held) -> None:
        self.cluster = cluster
        self.contexts: list[str | None] = []

    def __call__(self, file: Path | None, context: str | None = None) -> Held:
        self.contexts.append(context)
        return self.cluster


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> Reached:
    made = Reached(prepared())
    monkeypatch.setattr(Kubernetes, "by_kubeconfig", made)
    return made


@pytest.fixture
def rule(researchers: Group) -> AccessRule:
    return AccessRule.objects.get(subject_id=researchers.name)


def sync(*arguments: str) -> str:
    out = StringIO()
    call_command("syncclusters", *arguments, stdout=out)
    return out.getvalue()


def test_it_applies_and_keeps_what_became_of_each_rule(prod: Cluster, rule: AccessRule, reached: Reached) -> None:
    said = sync("--cluster", "prod", "--once")

    assert f"prod: {len(reached.cluster.done)} applied, 0 pruned" in said
    assert RuleStatus.objects.get(rule=rule).phase == "Ready"
    assert SyncReport.objects.get(cluster=prod).agent == "agent beside the server"


@pytest.mark.parametrize(
    ("given", "context"),
    [("prod", "prod"), ("prod=blue", "blue"), ("c0000000-0000-4000-8000-000000000001=blue", "blue")],
)
def test_it_finds_cluster_and_context(prod: Cluster, reached: Reached, given: str, context: str) -> None:
    sync("--cluster", given, "--once")

    assert reached.contexts == [context]


def test_it_takes_every_enabled_cluster_where_none_is_named(prod: Cluster, lab: Cluster, reached: Reached) -> None:
    Cluster.objects.filter(pk=lab.pk).update(enabled=False)

    sync("--once")

    assert reached.contexts == ["prod"]


def test_it_only_shows_what_it_would_do(prod: Cluster, rule: AccessRule, reached: Reached) -> None:
    said = sync("--cluster", "prod", "--dry-run")

    assert "  + RoleBinding runai-faces/runai-l1-researcher-ns" in said
    assert reached.cluster.done == []
    assert not SyncReport.objects.exists()


def test_it_takes_over_no_namespace(prod: Cluster, rule: AccessRule, reached: Reached) -> None:
    reached.cluster.hold(namespace("runai-faces"))
    line = f"kubectl label namespace runai-faces runai-identity/project={rule.scope_id}"

    assert line in sync("--cluster", "prod", "--dry-run")
    with pytest.raises(CommandError, match="Not as it should be: prod"):
        sync("--cluster", "prod", "--once")

    assert not [address for address in reached.cluster.objects if address[0] == "RoleBinding"]
    assert RuleStatus.objects.get(rule=rule).message.endswith(line)
    assert any(line in problem for problem in SyncReport.objects.get(cluster=prod).problems)


def test_it_prints_the_cluster_roles_to_apply_before(prod: Cluster, lab: Cluster, reached: Reached) -> None:
    roles = list(yaml.safe_load_all(sync("--cluster", "prod", "--cluster-roles")))

    assert {role["kind"] for role in roles} == {"ClusterRole"}
    assert {role["metadata"]["labels"]["runai-identity/cluster"] for role in roles} == {prod.uuid}
    with pytest.raises(CommandError, match="Name one cluster"):
        sync("--cluster-roles")


def test_it_fails_where_something_is_not_as_it_should_be(prod: Cluster, rule: AccessRule, reached: Reached) -> None:
    reached.cluster.refused = frozenset({"apply"})

    with pytest.raises(CommandError, match="Not as it should be: prod"):
        sync("--cluster", "prod", "--once")

    assert RuleStatus.objects.get(rule=rule).message.startswith("You may not apply.")


def test_it_fails_where_the_api_server_is_away(
    prod: Cluster, reached: Reached, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise APIServerUnreachable("The API server can't be reached: refused")

    monkeypatch.setattr(reached.cluster, "live", away)

    with pytest.raises(CommandError, match="Not as it should be: prod"):
        sync("--cluster", "prod", "--once")

    assert not SyncReport.objects.exists()


def test_it_knows_no_cluster_of_another_name(prod: Cluster, reached: Reached) -> None:
    with pytest.raises(CommandError, match="No cluster has the name or uuid nowhere"):
        sync("--cluster", "nowhere", "--once")


def test_it_says_which_context_is_missing(prod: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text('{"apiVersion": "v1", "kind": "Config", "contexts": [], "clusters": [], "users": []}')

    with pytest.raises(CommandError, match="prod: The kubeconfig can't be used"):
        sync("--kubeconfig", str(file), "--cluster", "prod", "--once")


class Stopped(Exception):
    pass


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], object]]]:
    """What happens between the first pass and the second, which is the last."""
    happens: list[Callable[[], object]] = []

    def sleep(seconds: float) -> None:
        if not happens:
            raise Stopped
        happens.pop()()

    monkeypatch.setattr("time.sleep", sleep)
    # The test's own connection has to stay.
    monkeypatch.setattr("clustersync.management.commands.syncclusters.close_old_connections", lambda: None)
    yield happens
    assert not happens


def test_it_takes_the_cluster_as_it_is_at_each_pass(
    prod: Cluster, rule: AccessRule, reached: Reached, between: list[Callable[[], object]]
) -> None:
    between.append(lambda: Cluster.objects.update(groups_prefix="other:"))

    with pytest.raises(Stopped):
        sync("--cluster", "prod")

    assert "other:researchers" in str(reached.cluster.live())


def test_it_goes_on_without_a_cluster_that_is_gone(
    prod: Cluster, reached: Reached, between: list[Callable[[], object]], capsys: pytest.CaptureFixture[str]
) -> None:
    between.append(lambda: Cluster.objects.all().delete())

    with pytest.raises(Stopped):
        sync("--cluster", "prod")

    assert "prod is not registered any more" in capsys.readouterr().err


def nothing() -> None:
    """Passes go by."""


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clusters that were gone through object by object, in order."""
    gone_through: list[str] = []

    def noted(wanted: Wanted, *args: Any, **kwargs: Any) -> ReconcileResult:
        gone_through.append(wanted.cluster)
        return reconcile(wanted, *args, **kwargs)

    monkeypatch.setattr("clustersync.management.commands.syncclusters.reconcile", noted)
    return gone_through


def test_it_goes_through_no_cluster_again_that_is_as_it_was(
    prod: Cluster, rule: AccessRule, reached: Reached, between: list[Callable[[], object]], passes: list[str]
) -> None:
    between += [lambda: SyncReport.objects.update(at="2026-01-01T00:00:00Z"), nothing, nothing]

    with pytest.raises(Stopped):
        sync("--cluster", "prod")

    assert len(passes) == 2  # the one that applied, and the one that found all as it should be
    report = SyncReport.objects.get()
    assert (report.applied, report.unchanged) == (0, 4)  # two cluster roles and their bindings
    assert report.at > timezone.now() - timedelta(minutes=1)


@pytest.mark.parametrize("what", ["a rule", "an object", "the report"])
def test_it_goes_through_a_cluster_again_of_which_something_changed(
    prod: Cluster, rule: AccessRule, reached: Reached, between: list[Callable[[], object]], passes: list[str], what: str
) -> None:
    change = {
        "a rule": lambda: AccessRule.objects.update(deleted_at=timezone.now()),
        "an object": lambda: reached.cluster.objects.popitem(),
        "the report": lambda: SyncReport.objects.update(agent="agent in the cluster"),
    }
    between += [change[what], nothing, nothing]

    with pytest.raises(Stopped):
        sync("--cluster", "prod")

    assert len(passes) == 3
