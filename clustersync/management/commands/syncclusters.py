"""The agent beside the server: clusters reached by a kubeconfig, their RBAC read from the database."""

import json
import logging
import os
import time
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.db import close_old_connections, connections
from django.db.models import Q

from clustersync.agent.kube import APIServerUnreachable, Kubernetes, NotConfigured, RequestRefused
from clustersync.agent.loop import jittered
from clustersync.agent.plan import Wanted, plan, steps_in_words
from clustersync.agent.problem_log import in_words
from clustersync.agent.processes import ProcessEnded, exit_without, in_processes, shares_of
from clustersync.agent.reconcile import ReconcileResult, reconcile
from clustersync.models import Cluster
from clustersync.rbac.desired import Manifest, desired
from clustersync.rbac.fingerprint import fingerprint
from clustersync.services.agents import cluster_role_manifests
from clustersync.services.rbac import desired_rbac, facts_of
from clustersync.services.reports import AgentReport, keep_idle_report, keep_report
from clustersync.yaml_for_go import as_documents
from common.console import ConsoleCommand
from common.hashes import sha256_of

NAME = "agent beside the server"
AT_ONCE = 4
TOLD_EVERY = 100
MOST_DRIFT = 100


Reached = tuple[Cluster, Kubernetes]

A_DAY = 86_400  # seconds


class Command(ConsoleCommand):
    help = "Bring the RBAC of clusters to what access rules say: create, change, prune what is ours, report each rule."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--cluster",
            action="append",
            metavar="NAME[=CONTEXT]",
            help="a registered cluster by its name or uuid, and the kubeconfig's context that leads to it (its name, if"
            " not given); repeatable. Without it, every enabled cluster",
        )
        parser.add_argument("--kubeconfig", type=Path, help="without it the usual one (KUBECONFIG, ~/.kube/config)")
        parser.add_argument("--once", action="store_true", help="one pass; fails when something is not as it should be")
        parser.add_argument("--dry-run", "--diff", action="store_true", help="print what would be done, and do nothing")
        parser.add_argument(
            "--cluster-roles",
            action="store_true",
            help="print the cluster roles that have to be there before, for kubectl apply, and do nothing",
        )
        parser.add_argument(
            "--at-once", type=int, default=AT_ONCE, help=f"clusters gone through at the same time, at most ({AT_ONCE})"
        )
        parser.add_argument("--interval", type=float, default=30, help="seconds between passes (30)")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # By the cluster's id: what a pass that had nothing to do went by, and how many objects were as they should be.
        self.idle: dict[str, tuple[tuple[str, str], int]] = {}

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 < options["interval"] <= A_DAY:  # nor what is no number at all
            raise CommandError(f"--interval takes a number above 0, and at most {A_DAY}.")
        if options["at_once"] <= 0:
            raise CommandError("--at-once takes a number above 0.")
        if options["cluster_roles"]:
            self._show_cluster_roles([cluster for cluster, _ in named(options)])
            return
        # What drifted is said by the agent as it finds it; the rest is said here.
        logging.getLogger("clustersync.agent").setLevel(logging.WARNING)
        reached = [self._reached(cluster, context, options["kubeconfig"]) for cluster, context in named(options)]
        if options["dry_run"]:
            self._show(reached)
            return
        shares = shares_of(reached, options["at_once"])
        if len(shares) > 1:
            failed = self._in_processes(shares, once=options["once"], interval=options["interval"])
        else:
            failed = self._go_through(reached, once=options["once"], interval=options["interval"])
        if failed:
            raise CommandError(f"Not as it should be: {', '.join(sorted(failed))}.")

    def _in_processes(self, shares: list[list[Reached]], *, once: bool, interval: float) -> list[str]:
        parent = os.getpid()
        connections.close_all()  # each process opens its own
        try:
            return in_processes(
                lambda share: self._go_through(share, once=once, interval=interval, parent=parent), shares
            )
        except ProcessEnded:
            raise CommandError("A process of this command ended; what it said stands above.") from None

    def _go_through(self, reached: list[Reached], *, once: bool, interval: float, parent: int = 0) -> list[str]:
        """Return which clusters are not as they should be, after one pass; without `once` go on without end."""
        while True:
            failed = []
            for cluster, kubernetes in reached:
                if parent:
                    exit_without(parent)
                if not self._sync(cluster, kubernetes):
                    failed.append(str(cluster))
            if once:
                return failed
            time.sleep(jittered(interval))
            close_old_connections()

    def _reached(self, cluster: Cluster, context: str, kubeconfig: Path | None) -> Reached:
        try:
            return cluster, Kubernetes.by_kubeconfig(kubeconfig, context)
        except NotConfigured as error:
            raise CommandError(f"{cluster}: {error}") from None

    def _show(self, reached: list[Reached]) -> None:
        for cluster, kubernetes in reached:
            try:
                would = plan(_wanted(cluster), kubernetes.live())
            except (APIServerUnreachable, RequestRefused) as error:
                raise CommandError(f"{cluster}: {error}") from None
            self.stdout.write(f"{cluster}: {would.unchanged} as they should be")
            for line in steps_in_words(would):
                self.stdout.write(f"  {line}")

    def _show_cluster_roles(self, clusters: list[Cluster]) -> None:
        if len(clusters) != 1:
            raise CommandError("Name one cluster with --cluster: the cluster roles carry its id.")
        self.stdout.write(as_documents(cluster_role_manifests(clusters[0])), ending="")

    def _sync(self, known: Cluster, kubernetes: Kubernetes) -> bool:
        began = time.monotonic()
        # As it is now: its names and prefixes may have been changed since the start, and it may be gone.
        cluster = Cluster.objects.select_related("scope").filter(pk=known.pk).first()
        if cluster is None:
            self.stderr.write(f"{known} is not registered any more: what it holds of ours stays. Start without it.")
            return False
        try:
            outcome = self._pass(cluster, kubernetes, began)
        except APIServerUnreachable as error:
            self.stderr.write(f"{cluster}: {error}")
            return False
        seconds = time.monotonic() - began
        self.stdout.write(f"{cluster}: {in_words(outcome, seconds)}")
        for line in outcome.drift:
            self.stdout.write(f"  ~ somebody had changed {line}")
        for problem in outcome.problems:
            self.stdout.write(f"  ! {problem}")
        return not outcome.trouble

    def _pass(self, cluster: Cluster, kubernetes: Kubernetes, began: float) -> ReconcileResult:
        """One that would find what the last one found is left out: it takes three times as long as to see that."""
        facts, live = facts_of(cluster), _listed(kubernetes)
        seen = fingerprint(facts), sha256_of(json.dumps(live))
        before, unchanged = self.idle.pop(cluster.pk, (("", ""), 0))
        if seen == before and keep_idle_report(cluster, seconds=time.monotonic() - began, agent=NAME):
            outcome = ReconcileResult(unchanged=unchanged)
        else:
            wanted = Wanted(cluster.uuid, desired(facts))
            outcome = reconcile(wanted, kubernetes, live=live, progress=self._progress(cluster))
            keep_report(cluster, _report(outcome, time.monotonic() - began))
        if outcome.idle:
            self.idle[cluster.pk] = seen, outcome.unchanged
        return outcome

    def _progress(self, cluster: Cluster) -> Any:
        def tell(done: int, all_: int) -> None:
            if done % TOLD_EVERY == 0:
                self.stdout.write(f"{cluster}: {done} of {all_} ...")

        return tell


def named(options: dict[str, Any]) -> list[tuple[Cluster, str]]:
    """Return the clusters that are asked for, each with its context."""
    clusters = Cluster.objects.select_related("scope").order_by("slug")
    if not options["cluster"]:
        return [(cluster, cluster.slug) for cluster in clusters.filter(enabled=True)]
    return [_named(given) for given in options["cluster"]]


def _named(given: str) -> tuple[Cluster, str]:
    name, _, context = given.partition("=")
    cluster = Cluster.objects.select_related("scope").filter(Q(slug=name) | Q(pk=name)).first()
    if cluster is None:
        raise CommandError(f"No cluster has the name or uuid {name}.")
    return cluster, context or cluster.slug


def _listed(kubernetes: Kubernetes) -> list[Manifest] | None:
    """None where that is refused, of which the pass then makes a problem."""
    try:
        return kubernetes.live()
    except RequestRefused:
        return None


def _wanted(cluster: Cluster) -> Wanted:
    return Wanted(cluster.uuid, desired_rbac(cluster))


def _report(outcome: ReconcileResult, seconds: float) -> AgentReport:
    return AgentReport(
        seconds=seconds,
        applied=outcome.applied,
        unchanged=outcome.unchanged,
        pruned=outcome.pruned,
        failed=outcome.trouble,
        left=outcome.left,
        drift=outcome.drift[:MOST_DRIFT],
        problems=outcome.problems,
        rules=outcome.rules,
        agent=NAME,
    )
