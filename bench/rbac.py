"""`python -m bench.rbac`: what the desired RBAC of 1,000 clusters with 1,000 access rules each costs the server.

The account has 1,000,000 rules and 20,000 projects then. In one process, on SQLite or with TEST_DATABASE=postgresql.
"""

import argparse
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from typing import TYPE_CHECKING

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.setdefault("LOG_LEVEL", "ERROR")

if TYPE_CHECKING:
    from access.models import AccessRule, Scope
    from clustersync.models import Cluster

PROJECTS = 20
DEPARTMENTS = 4
ACCOUNT_WIDE = 20
YAML_OF = 20


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clusters", type=int, default=1_000)
    parser.add_argument("--rules", type=int, default=1_000)
    asked = parser.parse_args()

    import django

    django.setup()
    from django.test.utils import setup_databases, setup_test_environment

    setup_test_environment()
    setup_databases(verbosity=0, interactive=False)
    began = time.perf_counter()
    clusters = list(make_clusters(asked.clusters, asked.rules))
    say(f"{asked.clusters:,} clusters with {asked.rules:,} rules each, made in {time.perf_counter() - began:.0f} s")
    measure(clusters)


def make_clusters(count: int, rules: int) -> "Iterator[Cluster]":
    from access.models import AccessRule, ScopeType
    from tests import cast

    tree = cast.plant_tree()
    AccessRule.objects.bulk_create(_rules_in([tree.tenant], ACCOUNT_WIDE, "account"))
    for number in range(count):
        scope = cast.node(ScopeType.CLUSTER, f"c1{number:06}", f"cluster-{number}", tree.tenant)
        departments = [
            cast.node(ScopeType.DEPARTMENT, f"d1{number:06}-{index}", f"department-{index}", scope)
            for index in range(DEPARTMENTS)
        ]
        projects = [
            cast.node(ScopeType.PROJECT, f"b1{number:06}-{index}", f"project-{index}", parent)
            for index, parent in enumerate(islice(cycle(departments), PROJECTS))
        ]
        places = [scope, *departments, *projects]
        AccessRule.objects.bulk_create(_rules_in(places, rules - ACCOUNT_WIDE, f"c{number}"), batch_size=500)
        yield cast.cluster(scope, f"webhook-token-{number}")


def _rules_in(scopes: "list[Scope]", count: int, names: str) -> "Iterable[AccessRule]":
    """Of people, groups and applications in all roles."""
    from access.catalog import ROLES
    from access.models import AccessRule, SubjectType

    several = zip(cycle(scopes), cycle(SubjectType.values), cycle(ROLES), strict=False)
    for number, (scope, kind, role_id) in enumerate(islice(several, count)):
        name = f"{names}-{number}@example.com" if kind == SubjectType.USER else f"{names}-{number}"
        yield AccessRule(subject_type=kind, subject_id=name, role_id=role_id, scope=scope)


def measure(clusters: "list[Cluster]") -> None:
    from clustersync.rbac.fingerprint import fingerprint
    from clustersync.rbac.manifests import to_json, to_yaml
    from clustersync.services.rbac import desired_rbac, facts_of

    desired_rbac(clusters[0])
    before = _peak()
    took, sizes = [], []
    for cluster in clusters:
        began = time.perf_counter()
        wanted = desired_rbac(cluster)
        body = json.dumps(to_json(wanted))
        took.append(time.perf_counter() - began)
        sizes.append(len(body))
    say(
        f"desired RBAC as JSON: {sum(took):.1f} s for all, {statistics.median(took) * 1000:.0f} ms a cluster, "
        f"the slowest {max(took) * 1000:.0f} ms; {len(wanted.objects)} objects, {max(sizes) / 1000:,.0f} kB; "
        f"peak memory {_peak() - before:.0f} MB more, {_peak():.0f} MB in all"
    )

    began = time.perf_counter()
    for cluster in clusters:
        fingerprint(facts_of(cluster))
    asking = (time.perf_counter() - began) / len(clusters)
    say(f"asking whether it changed: {asking * 1000:.0f} ms a cluster")

    began = time.perf_counter()
    for cluster in clusters[:YAML_OF]:
        to_yaml(desired_rbac(cluster).objects)
    each = (time.perf_counter() - began) / len(clusters[:YAML_OF])
    say(f"as YAML: {each * 1000:.0f} ms a cluster; peak memory {_peak():.0f} MB in all")


def _peak() -> float:
    """Of this process since it began, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
