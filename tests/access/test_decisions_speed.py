"""Bounds a few times the goals: they catch a mistake in the order of growth, the benchmarks measure."""

from collections.abc import Callable
from itertools import cycle, islice, product
from timeit import repeat

import pytest

from access.catalog import ROLES, SYSTEM_ADMINISTRATOR
from access.decisions import RuleRef, RuleSet, ScopeRef, may, permitted_scopes
from tests.access.orgtree import FACES, PROD, SYSTEM, TENANT, VISION, node
from tests.cast import role_named

DEPARTMENTS = [node("department", f"department-{number}", PROD) for number in range(200)]
PROJECTS = [node("project", f"project-{number}", DEPARTMENTS[number % 200]) for number in range(10_000)]
LESSER_ROLES = [role for role in ROLES.values() if role is not SYSTEM_ADMINISTRATOR]


def viewer_of(scopes: list[ScopeRef]) -> RuleSet:
    return RuleSet(RuleRef(id_, ("user", "a"), role_named("Viewer"), scope) for id_, scope in enumerate(scopes))


def lesser_roles_at_every_height(count: int) -> RuleSet:
    heights = (SYSTEM, TENANT, PROD, VISION, FACES)
    pairs = islice(cycle(product(LESSER_ROLES, heights)), count)
    return RuleSet(RuleRef(id_, ("group", str(id_)), role, scope) for id_, (role, scope) in enumerate(pairs))


def seconds(call: Callable[[], object], times: int) -> float:
    return min(repeat(call, number=times, repeat=5)) / times


@pytest.mark.parametrize("rules", [viewer_of(PROJECTS[:1000]), lesser_roles_at_every_height(1000)])
def test_it_decides_over_a_thousand_rules_in_no_time(rules: RuleSet) -> None:
    took = seconds(lambda: may(rules, "update", "tenant", FACES.path), times=200)

    assert took < 0.000_250


def test_it_names_ten_thousand_permitted_projects_in_no_time() -> None:
    rules = viewer_of(PROJECTS)

    took = seconds(lambda: permitted_scopes(rules, "read", "project"), times=1)

    assert took < 0.100
