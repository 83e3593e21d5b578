"""`python -m bench.rbac`: what the desired RBAC of 1,000 clusters with 1,000 access rules each costs the server.

The account has 1,000,000 rules and 20,000 projects then. In one process, beside PostgreSQL.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from bench.page import keep
from bench.server import Process, pin, prepare_environment

if TYPE_CHECKING:
    from clustersync.models import Cluster

YAML_OF = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=1_000)
    parser.add_argument("--rules", type=int, default=1_000)
    asked = parser.parse_args()

    pin(1)
    prepare_environment()
    import django

    django.setup()
    from django.core.management import call_command

    from bench.clusters import make_clusters

    call_command("migrate", verbosity=0)
    clusters = list(make_clusters(asked.clusters, asked.rules))
    measure(clusters, f"{asked.clusters:,} clusters x {asked.rules:,} rules")


def measure(clusters: "list[Cluster]", size: str) -> None:
    from clustersync.rbac.fingerprint import fingerprint
    from clustersync.rbac.manifests import to_json
    from clustersync.services.rbac import desired_rbac, facts_of
    from clustersync.yaml_for_go import as_documents

    def as_json(cluster: "Cluster") -> str:
        return json.dumps(to_json(desired_rbac(cluster)))

    objects, kilobytes = len(desired_rbac(clusters[0]).objects), len(as_json(clusters[0])) // 1000
    before = Process(os.getpid()).peak_memory()
    rows = [
        row(f"as JSON ({objects} objects, {kilobytes:,} kB)", as_json, clusters),
        row("whether it changed", lambda cluster: fingerprint(facts_of(cluster)), clusters),
        row(f"as YAML, of {YAML_OF}", lambda cluster: as_documents(desired_rbac(cluster).objects), clusters[:YAML_OF]),
    ]
    keep("rbac", rows, size=size, before=f"{before:.0f}")


def row(what: str, work: "Callable[[Cluster], object]", clusters: "list[Cluster]") -> str:
    took = []
    for cluster in clusters:
        began = time.perf_counter()
        work(cluster)
        took.append((time.perf_counter() - began) * 1000)
    peak = Process(os.getpid()).peak_memory()
    line = f"| {what} | {sum(took) / 1000:.1f} | {statistics.median(took):.0f} | {max(took):.0f} | {peak:.0f} |"
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    return line


if __name__ == "__main__":
    main()
