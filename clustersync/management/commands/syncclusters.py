"""The agent beside the server: clusters reached by a kubeconfig, their RBAC read from the database."""

import logging
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clustersync.agent.kube import Kubernetes, NotConfigured, Refused, Unreachable
from clustersync.agent.loop import in_words, jittered, say
from clustersync.agent.reconcile import Outcome, Wanted, named, plan, reconcile
from clustersync.models import Cluster
from clustersync.services.rbac import desired_rbac
from clustersync.services.reports import Report, keep_report

NAME = "agent beside the server"
TOLD_EVERY = 100


class Command(BaseCommand):
    help = "Bring the RBAC of clusters to what access rules say: create, change, prune what is ours, report each rule."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--cluster",
            action="append",
            required=True,
            metavar="NAME[=CONTEXT]",
            help="a registered cluster, by the context of the kubeconfig that has its name, or this one; repeatable",
        )
        parser.add_argument("--kubeconfig", type=Path, help="without it the usual one (KUBECONFIG, ~/.kube/config)")
        parser.add_argument("--once", action="store_true", help="one pass; fails when something is not as it should be")
        parser.add_argument("--dry-run", "--diff", action="store_true", help="print what would be done, and do nothing")
        parser.add_argument("--interval", type=float, default=30, help="seconds between passes (30)")

    def handle(self, *args: Any, cluster: list[str], **options: Any) -> None:
        logging.getLogger("clustersync.agent").setLevel(logging.INFO)
        reached = [self._reached(given, options["kubeconfig"]) for given in cluster]
        if options["dry_run"]:
            self._show(reached)
            return
        while True:
            failed = [str(one) for one, kubernetes in reached if not self._sync(one, kubernetes)]
            if options["once"] and failed:
                raise CommandError(f"Not as it should be: {', '.join(failed)}.")
            if options["once"]:
                return
            time.sleep(jittered(options["interval"]))

    def _reached(self, given: str, kubeconfig: Path | None) -> tuple[Cluster, Kubernetes]:
        name, _, context = given.partition("=")
        cluster = Cluster.objects.select_related("scope").filter(slug=name).first()
        if cluster is None:
            raise CommandError(f"No cluster is named {name}.")
        try:
            return cluster, Kubernetes.by_kubeconfig(kubeconfig, context or name)
        except NotConfigured as error:
            raise CommandError(str(error)) from None

    def _show(self, reached: list[tuple[Cluster, Kubernetes]]) -> None:
        for cluster, kubernetes in reached:
            try:
                would = plan(_wanted(cluster), kubernetes.live())
            except (Unreachable, Refused) as error:
                raise CommandError(f"{cluster}: {error}") from None
            self.stdout.write(f"{cluster}: {would.unchanged} as they should be")
            for key in would.create:
                self.stdout.write(f"  + {named(key)}")
            for change in would.change:
                self.stdout.write(f"  ~ {named(change.key)}: {'; '.join(change.lines)}")
            for key in would.prune:
                self.stdout.write(f"  - {named(key)}")
            for conflict in would.conflicts:
                self.stdout.write(f"  ! {named(conflict.key)} {conflict.message}")

    def _sync(self, cluster: Cluster, kubernetes: Kubernetes) -> bool:
        began = time.monotonic()
        try:
            outcome = reconcile(_wanted(cluster), kubernetes, progress=self._progress(cluster))
        except Unreachable as error:
            self.stderr.write(f"{cluster}: {error}")
            return False
        seconds = time.monotonic() - began
        keep_report(cluster, _report(outcome, seconds))
        say(outcome, seconds)
        self.stdout.write(f"{cluster}: {in_words(outcome, seconds)}")
        for problem in outcome.problems:
            self.stdout.write(f"  ! {problem}")
        return not outcome.failed

    def _progress(self, cluster: Cluster) -> Any:
        def tell(done: int, all_: int) -> None:
            if done % TOLD_EVERY == 0:
                self.stdout.write(f"{cluster}: {done} of {all_} ...")

        return tell


def _wanted(cluster: Cluster) -> Wanted:
    return Wanted(cluster.uuid, desired_rbac(cluster))


def _report(outcome: Outcome, seconds: float) -> Report:
    return Report(
        seconds=seconds,
        applied=outcome.applied,
        unchanged=outcome.unchanged,
        pruned=outcome.pruned,
        failed=len(outcome.failed),
        drift=outcome.drift[:100],
        problems=outcome.problems,
        rules=outcome.rules,
        agent=NAME,
    )
