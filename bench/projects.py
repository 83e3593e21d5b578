"""`python -m bench.projects`: one pass of the agent in a cluster with 500 projects, at a real kube-apiserver.

KUBEBUILDER_ASSETS names the folder of kube-apiserver, etcd and kubectl. The agent reads what the server would answer
from a file, so that its memory is its own; the rest is that of `python -m clustersync.agent`.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.page import keep_without_database

PROJECTS, RULES, PASSES = 500, 2_500, 3
AGENT = """
import json, resource, sys, time
from pathlib import Path
from clustersync.agent.kube import Kubernetes
from clustersync.agent.names import names_by
from clustersync.agent.received import received
from clustersync.agent.reconcile import reconcile

answer, kubeconfig, cluster = sys.argv[1:]
kubernetes = Kubernetes.by_kubeconfig(Path(kubeconfig))
for _ in range(%d):
    began, used = time.perf_counter(), time.process_time()
    wanted = received(json.loads(Path(answer).read_text()), cluster=cluster, names=names_by("runai:", "runai:"))
    outcome = reconcile(wanted, kubernetes)
    assert not outcome.trouble, outcome.problems
    spent = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([outcome.applied, outcome.unchanged, *spent, peak]), flush=True)
"""


def main() -> None:
    import django

    django.setup()
    from clustersync.agent_manifest import cluster_roles
    from tests.system.agents import RBAC, kubeconfig
    from tests.system.kubernetes import ADMIN_TOKEN, APIServer, version
    from tests.system.thousand import CLUSTER

    with tempfile.TemporaryDirectory(prefix="bench-projects-") as folder:
        server = APIServer(Path(folder))
        server.start([])
        try:
            for role in cluster_roles(CLUSTER, g1=False):
                server.ask(ADMIN_TOKEN, f"{RBAC}/clusterroles", role).raise_for_status()
            answer = Path(folder) / "rbac.json"
            answer.write_text(json.dumps(answered()))
            command = [sys.executable, "-c", AGENT % PASSES, str(answer), str(kubeconfig(server, ADMIN_TOKEN)), CLUSTER]
            told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        finally:
            server.stop()
    passes = [json.loads(line) for line in told.stdout.splitlines()]
    names = ("the first, in an empty cluster", "the next, unchanged", "another, unchanged")
    rows = [
        f"| {name} | {applied:,} | {unchanged:,} | {seconds:.2f} | {cpu:.2f} | {peak:.0f} |"
        for name, (applied, unchanged, seconds, cpu, peak) in zip(names, passes, strict=True)
    ]
    load = f"{os.getloadavg()[0]:.1f}"
    size = f"{PROJECTS} projects, {RULES:,} access rules"
    keep_without_database("projects", rows, size=size, load=load, kubernetes=".".join(map(str, version())))


def answered() -> dict[str, Any]:
    """What GET …/rbac answers."""
    from clustersync.rbac.desired import DesiredProject, ReachingRule, key_of
    from tests.system.thousand import CLUSTER, wanted

    projects = [
        DesiredProject(
            f"runai-p{number}", ("0", "1", CLUSTER, f"d{number % 10}", f"b0000000-0000-4000-8000-{number:012}")
        )
        for number in range(PROJECTS)
    ]
    roles = [3, 5, 7, 8, 14]
    rules = [
        ReachingRule(
            number + 1, "user", f"user-{number}@example.com", roles[number // PROJECTS], projects[number % PROJECTS].id
        )
        for number in range(RULES)
    ]
    desired = wanted(rules, projects).desired
    at = {key_of(one): position for position, one in enumerate(desired.objects)}
    made = [{"ruleIds": [rule], "objects": [at[key] for key in keys]} for rule, keys in desired.by_rule.items()]
    return {"objects": list(desired.objects), "rules": made, "problems": [], "notes": []}


if __name__ == "__main__":
    main()
