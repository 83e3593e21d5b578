"""What scopes are permitted, and which rule is nearest, compared with the plainest way to say it."""

from hypothesis import given
from hypothesis import strategies as some

from access.catalog import ROLES
from access.decisions import NEAREST, Miss, RuleSet, ScopeRef, explain, may, permitted_scopes
from tests.access.orgtree import EVERYWHERE, granted

PERMISSIONS = [("read", "project"), ("update", "project"), ("create", "access_rules"), ("update", "cluster")]

role_and_scope = some.tuples(some.sampled_from(list(ROLES.values())), some.sampled_from(EVERYWHERE))
rule_sets = some.lists(role_and_scope, max_size=6).map(lambda rules: granted(*rules))


def is_above(upper: ScopeRef, lower: ScopeRef) -> bool:
    return upper != lower and upper.path == lower.path[: len(upper.path)]


def steps_between(one: ScopeRef, other: ScopeRef) -> int:
    """Up to the lowest scope that has both in it, and down again."""
    both = [scope for scope in EVERYWHERE if all(scope == end or is_above(scope, end) for end in (one, other))]
    meeting = max(both, key=lambda scope: len(scope.path))
    return len(one.path) - len(meeting.path) + len(other.path) - len(meeting.path)


@given(rules=rule_sets, permission=some.sampled_from(PERMISSIONS))
def test_the_topmost_permitted_scopes_are_told(rules: RuleSet, permission: tuple[str, str]) -> None:
    action, resource = permission
    permitted = {rule.scope for rule in rules if rule.role.allows(action, resource, rule.scope.type)}

    told = permitted_scopes(rules, action, resource)

    assert told == {scope for scope in permitted if not any(is_above(other, scope) for other in permitted)}


@given(rules=rule_sets, permission=some.sampled_from(PERMISSIONS), at=some.sampled_from(EVERYWHERE))
def test_near_misses_come_nearest_first(rules: RuleSet, permission: tuple[str, str], at: ScopeRef) -> None:
    action, resource = permission
    explanation = explain(rules, action, resource, at)
    elsewhere = [rule for rule in rules if rule.role.allows(action, resource, rule.scope.type)]

    told = [miss.rule for miss in explanation.nearest if miss.why is Miss.OTHER_SCOPE]

    assert explanation.allowed is may(rules, action, resource, at.path)
    if not explanation.allowed:
        nearest = sorted(elsewhere, key=lambda rule: (steps_between(rule.scope, at), rule.id))
        assert told == nearest[:NEAREST]


@given(rules=rule_sets, permission=some.sampled_from(PERMISSIONS), at=some.sampled_from(EVERYWHERE))
def test_what_is_left_out_is_counted(rules: RuleSet, permission: tuple[str, str], at: ScopeRef) -> None:
    action, resource = permission
    explanation = explain(rules, action, resource, at)
    covering = [rule for rule in rules if rule.scope == at or is_above(rule.scope, at)]
    elsewhere = [rule for rule in rules if rule.role.allows(action, resource, rule.scope.type)]

    missed = len(covering) + len(elsewhere) if not explanation.allowed else 0

    assert len(explanation.nearest) + explanation.farther == missed
