"""The fingerprint of a cluster's desired RBAC covers what roles give, so that roles may come to change."""

from collections.abc import Mapping
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st

from access.catalog import ACTIONS, RESOURCE_TYPES, Action, Role
from clustersync.rbac.desired import NO_ROLE, ReachingRule, desired
from clustersync.rbac.fingerprint import fingerprint
from tests.clustersync.wanted import facts

# Types that mean something in Kubernetes, by roles of ours or by the platform's older names, and some that don't.
TYPES = st.sampled_from(["jobs", "workloads", "project", "cluster", "nodes", "settings"])
PERMISSIONS = st.dictionaries(TYPES, st.frozensets(st.sampled_from(ACTIONS), min_size=1), max_size=4)


def role(id_: int, permissions: Mapping[str, frozenset[Action]]) -> Role:
    return Role(id_, f"Role {id_}", f"role-{id_}", "", MappingProxyType(permissions))


ROLE_SETS = st.dictionaries(st.integers(1, 4), PERMISSIONS, min_size=1).map(
    lambda given: {id_: role(id_, permissions) for id_, permissions in given.items()}
)
RULES = [ReachingRule(id_, "group", f"team-{id_}", id_, "faces") for id_ in range(1, 5)]


def test_it_tries_resource_types_that_there_are() -> None:
    assert {"jobs", "workloads", "project", "cluster", "nodes", "settings"} <= {*RESOURCE_TYPES}


@given(before=ROLE_SETS, after=ROLE_SETS, g1=st.booleans())
def test_roles_of_one_fingerprint_come_to_the_same(
    before: Mapping[int, Role], after: Mapping[int, Role], g1: bool
) -> None:
    one, other = facts(*RULES, roles=before, g1=g1), facts(*RULES, roles=after, g1=g1)

    assert fingerprint(one) != fingerprint(other) or desired(one) == desired(other)


@given(roles=ROLE_SETS, g1=st.booleans(), data=st.data())
def test_the_order_of_roles_does_not_matter(roles: Mapping[int, Role], g1: bool, data: st.DataObject) -> None:
    shuffled = dict(data.draw(st.permutations(list(roles.items()))))

    assert fingerprint(facts(*RULES, roles=shuffled, g1=g1)) == fingerprint(facts(*RULES, roles=roles, g1=g1))


@given(roles=ROLE_SETS, id_=st.integers(1, 4), permissions=PERMISSIONS, g1=st.booleans())
def test_a_change_of_one_role_is_noticed(
    roles: Mapping[int, Role], id_: int, permissions: Mapping[str, frozenset[Action]], g1: bool
) -> None:
    changed = {**roles, id_: role(id_, permissions)}
    one, other = facts(*RULES, roles=roles, g1=g1), facts(*RULES, roles=changed, g1=g1)

    assert (desired(one) == desired(other)) or fingerprint(one) != fingerprint(other)


def test_a_rule_whose_role_is_gone_becomes_a_problem_and_no_object() -> None:
    wanted = desired(facts(ReachingRule(1, "group", "team", 99_999, "faces")))

    assert (wanted.objects, wanted.problems) == ((), {1: NO_ROLE})
