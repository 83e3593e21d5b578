"""An account of many clusters: each with 4 departments, 20 projects and as many access rules as asked for."""

from collections.abc import Iterable, Iterator
from itertools import cycle, islice

from access.catalog import ROLES
from access.models import AccessRule, Scope, ScopeType, SubjectType
from clustersync.models import Cluster
from tests import cast

PROJECTS = 20
DEPARTMENTS = 4
ACCOUNT_WIDE = 20


def make_clusters(count: int, rules: int) -> Iterator[Cluster]:
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


def _rules_in(scopes: list[Scope], count: int, names: str) -> Iterable[AccessRule]:
    """Of people, groups and applications in all roles."""
    several = zip(cycle(scopes), cycle(SubjectType.values), cycle(ROLES), strict=False)
    for number, (scope, kind, role_id) in enumerate(islice(several, count)):
        name = f"{names}-{number}@example.com" if kind == SubjectType.USER else f"{names}-{number}"
        yield AccessRule(subject_type=kind, subject_id=name, role_id=role_id, scope=scope)
