"""What must hold for whatever tree, roles and rules: nobody gains by a rule what its maker hadn't."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from hypothesis import assume, given
from hypothesis import strategies as st

from access.catalog import ACTIONS, Role
from access.catalog.counting import SCOPE_TYPES, counts_in
from access.decisions import (
    Miss,
    Path,
    RuleRef,
    RuleSet,
    ScopeRef,
    exceeds,
    explain,
    may,
    may_grant,
    permitted_scopes,
)
from tests.access.orgtree import node

RESOURCES = ("access_rules", "project", "users")
EVERY_PERMISSION = tuple((action, resource) for resource in RESOURCES for action in ACTIONS)
SUBJECTS = (("user", "a@example.com"), ("group", "a"), ("group", "b"))

permissions = st.dictionaries(
    st.sampled_from(RESOURCES), st.frozensets(st.sampled_from(ACTIONS), min_size=1), max_size=len(RESOURCES)
)


@dataclass(frozen=True)
class World:
    scopes: tuple[ScopeRef, ...]
    roles: tuple[Role, ...]
    rules: tuple[RuleRef, ...]

    def asked(self) -> Iterator[tuple[str, str, ScopeRef]]:
        """Every question that can be asked here."""
        return ((action, resource, scope) for scope in self.scopes for action, resource in EVERY_PERMISSION)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    scopes = [node("system", "0")]
    for number in range(1, draw(st.integers(1, 8))):
        parent = draw(st.sampled_from([scope for scope in scopes if len(scope.path) < len(SCOPE_TYPES)]))
        scopes.append(node(SCOPE_TYPES[len(parent.path)], str(number), parent))

    roles = [
        Role(number, f"Role {number}", f"role-{number}", "", draw(permissions))
        for number in range(draw(st.integers(1, 4)))
    ]
    rules = st.builds(
        RuleRef, st.integers(1, 99), st.sampled_from(SUBJECTS), st.sampled_from(roles), st.sampled_from(scopes)
    )
    return World(tuple(scopes), tuple(roles), tuple(draw(st.lists(rules, max_size=6))))


def is_within(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def by_the_book(rules: tuple[RuleRef, ...], action: str, resource: str, path: Path) -> bool:
    """The definition of an access rule, as slow as it is plain."""
    return any(is_within(path, rule.scope.path) and gives(rule, action, resource) for rule in rules)


def gives(rule: RuleRef, action: str, resource: str) -> bool:
    return action in rule.role.permissions.get(resource, ()) and counts_in(rule.scope.type, action, resource)


@given(worlds())
def test_it_allows_what_some_rule_gives_in_the_scope_or_above_it(world: World) -> None:
    rules = RuleSet(world.rules)

    for action, resource, scope in world.asked():
        expected = by_the_book(world.rules, action, resource, scope.path)
        assert may(rules, action, resource, scope.path) is expected


@given(worlds(), st.data())
def test_it_takes_nothing_away_by_one_more_rule(world: World, data: st.DataObject) -> None:
    kept = data.draw(st.integers(0, len(world.rules)))
    fewer, all_of_them = RuleSet(world.rules[:kept]), RuleSet(world.rules)

    for action, resource, scope in world.asked():
        assert may(all_of_them, action, resource, scope.path) >= may(fewer, action, resource, scope.path)


@given(worlds())
def test_it_changes_nothing_outside_the_scope_of_one_more_rule(world: World) -> None:
    assume(world.rules)
    *others, added = world.rules

    for action, resource, scope in world.asked():
        if not is_within(scope.path, added.scope.path):
            before = may(RuleSet(others), action, resource, scope.path)
            assert may(RuleSet(world.rules), action, resource, scope.path) is before


@given(worlds())
def test_it_explains_what_it_decides(world: World) -> None:
    rules = RuleSet(world.rules)

    for action, resource, scope in world.asked():
        explanation = explain(rules, action, resource, scope)
        assert explanation.allowed is may(rules, action, resource, scope.path)
        assert not (explanation.allowed and explanation.nearest)
        assert all(may(RuleSet([allowing.rule]), action, resource, scope.path) for allowing in explanation.allowing)


@given(worlds())
def test_it_names_only_misses_that_are_near(world: World) -> None:
    for action, resource, scope in world.asked():
        for miss in explain(RuleSet(world.rules), action, resource, scope).nearest:
            by_role = action in miss.rule.role.permissions.get(resource, ())
            covers = is_within(scope.path, miss.rule.scope.path)
            high_enough = counts_in(miss.rule.scope.type, action, resource)
            assert {
                Miss.OTHER_SCOPE: by_role and high_enough and not covers,
                Miss.OTHER_ROLE: covers and not by_role,
                Miss.TOO_LOW: covers and by_role and not high_enough,
            }[miss.why]


@given(worlds())
def test_it_permits_exactly_the_permitted_scopes_and_what_is_below(world: World) -> None:
    rules = RuleSet(world.rules)

    for action, resource, scope in world.asked():
        permitted = permitted_scopes(rules, action, resource)
        covered = any(is_within(scope.path, top.path) for top in permitted)
        assert covered is may(rules, action, resource, scope.path)


@given(worlds())
def test_it_names_no_permitted_scope_below_another(world: World) -> None:
    for action, resource in EVERY_PERMISSION:
        tops = permitted_scopes(RuleSet(world.rules), action, resource)

        assert not any(is_within(low.path, top.path) for low in tops for top in tops if low != top)


@given(worlds())
def test_it_lets_nobody_grant_more_than_they_hold_anywhere(world: World) -> None:
    actor = RuleSet(world.rules)

    for role in world.roles:
        for place in world.scopes:
            if may_grant(actor, role, place.path):
                grantee = RuleSet([RuleRef(100, ("user", "b@example.com"), role, place)])
                assert exceeds(actor, grantee) is None
                assert all(may(actor, *at(asked)) for asked in world.asked() if may(grantee, *at(asked)))


@given(worlds())
def test_it_lets_nobody_grant_through_another_what_they_may_not_grant(world: World) -> None:
    actor = RuleSet(world.rules)
    everywhere = list(product(world.roles, world.scopes))

    for first, here in everywhere:
        if may_grant(actor, first, here.path):
            grantee = RuleSet([RuleRef(100, ("user", "b@example.com"), first, here)])
            for second, there in everywhere:
                if may_grant(grantee, second, there.path):
                    assert may_grant(actor, second, there.path)


@given(worlds(), st.data())
def test_it_finds_an_excess_exactly_where_there_is_one(world: World, data: st.DataObject) -> None:
    split = data.draw(st.integers(0, len(world.rules)))
    actor, other = RuleSet(world.rules[:split]), RuleSet(world.rules[split:])

    excess = exceeds(actor, other)

    beyond = {asked for asked in world.asked() if may(other, *at(asked)) and not may(actor, *at(asked))}
    assert excess in beyond if excess else not beyond


def at(asked: tuple[str, str, ScopeRef]) -> tuple[str, str, Path]:
    action, resource, scope = asked
    return action, resource, scope.path
