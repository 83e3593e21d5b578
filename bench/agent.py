"""`python -m bench.agent`: what `manage.py syncclusters` takes for 1,000 clusters of 1,000 access rules each.

The API servers are one small program (bench/kube.py) over HTTP on this machine: a thousand real ones don't fit. A few
clusters begin with the cluster roles alone; the others hold what an agent applied before.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from bench.page import keep
from bench.server import HOST, Process, children_of, pin, pin_to_all, prepare_environment, wait_for

if TYPE_CHECKING:
    from clustersync.models import Cluster

ROOT = Path(__file__).resolve().parent.parent
DONE = re.compile(r"^\S+: (\d+) applied, 0 pruned, \d+ unchanged, 0 failed in ([\d.]+) s$")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=1_000)
    parser.add_argument("--rules", type=int, default=1_000)
    parser.add_argument("--empty", type=int, default=20, help="how many clusters hold no bindings at first (20)")
    asked = parser.parse_args()

    pin(1)
    port = prepare_environment()
    import django

    django.setup()
    from django.core.management import call_command

    from bench.clusters import make_clusters

    call_command("migrate", verbosity=0)
    with tempfile.TemporaryDirectory(prefix="bench-clusters-") as folder:
        clusters = list(make_clusters(asked.clusters, asked.rules))
        objects = plant_all(clusters, Path(folder), empty=asked.empty)
        kubeconfig = Path(folder) / "kubeconfig"
        kubeconfig.write_text(json.dumps(kubeconfig_of([cluster.slug for cluster in clusters], port)))
        with api_servers(port, Path(folder)):
            [first] = rounds_of(kubeconfig, asked.clusters, how_many=1)
            again, idle = rounds_of(kubeconfig, asked.clusters, how_many=2)
    rows = [
        f"| the very first: {asked.empty} are empty, and every rule is reported | {first.columns()} |",
        f"| the first after the agent was started again | {again.columns()} |",
        f"| every other, while nothing changes | {idle.columns()} |",
    ]
    size = f"{asked.clusters:,} clusters x {asked.rules:,} rules ({objects} objects each)"
    keep("agent", rows, size=size, applying=f"{first.applying:.1f}")


@dataclass(frozen=True)
class Round:
    """`applying` is the median of clusters that began with nothing; CPU and memory (MB) are of all its processes."""

    clusters: int
    seconds: float
    cpu: float
    applying: float
    memory: float

    def columns(self) -> str:
        each = self.seconds / self.clusters * 1000
        return f"{self.seconds:,.0f} | {each:,.0f} | {self.cpu:,.0f} | {self.memory:,.0f}"


class _Collecting:
    """A cluster with its cluster roles, that notes what is applied (`clustersync.agent.reconcile.Cluster`)."""

    def __init__(self, cluster_roles: list[dict[str, Any]]) -> None:
        self.holds = list(cluster_roles)

    def live(self) -> list[dict[str, Any]]:
        return list(self.holds)

    def apply(self, manifest: dict[str, Any], *, force: bool) -> None:
        self.holds.append(manifest)

    def create_namespace(self, manifest: dict[str, Any]) -> None:
        self.holds.append(manifest)

    def delete(self, manifest: dict[str, Any]) -> None:
        raise AssertionError("nothing is there to be deleted")


def plant_all(clusters: "Iterable[Cluster]", folder: Path, *, empty: int) -> int:
    """Answers how many objects are wanted of the last one."""
    from bench.kube import plant
    from clustersync.agent.plan import Wanted
    from clustersync.agent.reconcile import reconcile
    from clustersync.services.agents import cluster_role_manifests
    from clustersync.services.rbac import desired_rbac

    count = 0
    for number, cluster in enumerate(clusters):
        collecting, desired = _Collecting(cluster_role_manifests(cluster)), desired_rbac(cluster)
        if number >= empty:
            reconcile(Wanted(cluster.uuid, desired), collecting)
        plant(folder, cluster.slug, collecting.holds)
        count = len(desired.objects)
    return count


def kubeconfig_of(names: list[str], port: int) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": name, "cluster": {"server": f"http://{HOST}:{port}/{name}"}} for name in names],
        "users": [{"name": "agent", "user": {"token": "bench"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "agent"}} for name in names],
    }


@contextmanager
def api_servers(port: int, folder: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "bench.kube", str(port), str(folder)]
    serving = subprocess.Popen(command, cwd=ROOT, preexec_fn=lambda: pin(0))  # noqa: S603
    try:
        wait_for(port)
        yield
    finally:
        serving.terminate()
        serving.wait(20)


def rounds_of(kubeconfig: Path, clusters: int, *, how_many: int) -> list[Round]:
    command = [sys.executable, "manage.py", "syncclusters", "--kubeconfig", str(kubeconfig), "--interval", "0.1"]
    began = time.perf_counter()
    agent = subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        preexec_fn=pin_to_all,
    )
    said = cast("IO[str]", agent.stdout)
    try:
        rounds, used = [], 0.0
        for _ in range(how_many):
            applying = [float(took) for applied, took in _lines(said, clusters) if int(applied)]
            processes = [Process(agent.pid), *children_of(agent.pid)]
            seconds, used_now = time.perf_counter() - began, sum(one.cpu_seconds() for one in processes)
            memory = sum(one.memory() for one in processes)
            rounds.append(Round(clusters, seconds, used_now - used, statistics.median(applying or [0]), memory))
            sys.stdout.write(f"{rounds[-1]}\n")
            sys.stdout.flush()
            began, used = time.perf_counter(), used_now
        return rounds
    finally:
        agent.terminate()
        agent.wait(20)


def _lines(said: Iterable[str], clusters: int) -> Iterator[tuple[str, str]]:
    """Of one round, what was said of each cluster; what isn't as it should be stops the measuring."""
    seen = 0
    for line in said:
        if done := DONE.match(line):
            seen += 1
            yield done[1], done[2]
        elif not line.rstrip().endswith("..."):
            raise SystemExit(f"The agent said: {line}")
        if seen == clusters:
            return
    raise SystemExit("The agent ended.")


if __name__ == "__main__":
    main()
