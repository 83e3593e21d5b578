"""Decide whether access rules allow an action in a scope, where, and why. Pure.

Every action that is allowed was found by `RuleSet.covering`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from access.catalog import ACTIONS, Action, Role, roles_allowing
from access.catalog.counting import SCOPE_TYPES, lowest_scope

Path = tuple[str, ...]

# Of each kind of near miss, how many are told: more of them would hide the nearest.
NEAREST = 5


@dataclass(frozen=True, slots=True)
class ScopeRef:
    """A node of the scope tree; `path` is the ids from the root to the node itself."""

    id: str
    type: str
    name: str
    path: Path

    def __post_init__(self) -> None:
        # With another scope's path the rule would be for that one, and with none it would be above the root.
        if self.path[-1:] != (self.id,):
            raise ValueError(f"The path of scope {self.id!r} must end with it: {self.path!r}.")
        # With another type's it would give what counts in that one.
        if self.type != _type_at(self.path):
            raise ValueError(f"No {self.type} is {len(self.path) - 1} steps below the root: {self.path!r}.")


@dataclass(frozen=True, slots=True)
class RuleRef:
    """The values of an `AccessRule`: `subject`, a (type, id) pair, has `role` in `scope` and in everything below it."""

    id: int
    subject: tuple[str, str]
    role: Role
    scope: ScopeRef


def _type_at(path: Path) -> str:
    return SCOPE_TYPES[len(path) - 1]


class RuleSet:
    """All access rules that apply to one principal, indexed by scope."""

    __slots__ = ("_by_path",)

    def __init__(self, rules: Iterable[RuleRef] = ()) -> None:
        # By role too: a hundred groups that give the same role in the same scope are one answer.
        self._by_path: dict[Path, dict[Role, list[RuleRef]]] = {}
        for rule in rules:
            self._by_path.setdefault(rule.scope.path, {}).setdefault(rule.role, []).append(rule)

    def __iter__(self) -> Iterator[RuleRef]:
        for roles in self._by_path.values():
            for given in roles.values():
                yield from given

    def covering(self, path: Path) -> Iterator[tuple[Role, list[RuleRef]]]:
        """Yield the roles held in this scope with the rules that give them, nearest scope first."""
        for length in range(len(path), 0, -1):
            yield from self._by_path.get(path[:length], {}).items()

    def by_scope(self) -> Iterator[tuple[ScopeRef, Iterable[Role]]]:
        for roles in self._by_path.values():
            given = next(iter(roles.values()))
            yield given[0].scope, roles


class Excess(NamedTuple):
    """A permission that somebody has in a scope where the other one hasn't."""

    action: Action
    resource: str
    scope: ScopeRef


class Miss(StrEnum):
    OTHER_SCOPE = "the role has the permission, but the rule is for another scope"
    OTHER_ROLE = "the rule is for this scope, but its role hasn't the permission"
    TOO_LOW = "the role has the permission, but it counts in rules for higher scopes only"


@dataclass(frozen=True, slots=True)
class AllowingRule:
    """A rule that allows an action; `inherited_through` is the ids below its scope, down to the scope asked about."""

    rule: RuleRef
    inherited_through: Path


@dataclass(frozen=True, slots=True)
class NearMiss:
    rule: RuleRef
    why: Miss


@dataclass(frozen=True, slots=True)
class Explanation:
    """`allowing` is every rule that allows; without any, `nearest` and `sufficient_roles` say what would.

    A rule allows it in a scope of the type `lowest`, or above. `farther` counts near misses that `nearest` leaves out.
    """

    action: str
    resource: str
    scope: ScopeRef
    allowing: tuple[AllowingRule, ...]
    nearest: tuple[NearMiss, ...] = ()
    sufficient_roles: tuple[Role, ...] = ()
    lowest: str = SCOPE_TYPES[-1]
    farther: int = 0

    @property
    def allowed(self) -> bool:
        return bool(self.allowing)


def may(rules: RuleSet, action: str, resource: str, path: Path) -> bool:
    return next(_allowing(rules, action, resource, path), None) is not None


def would_allow(rule: RuleRef, action: str, resource: str, path: Path) -> bool:
    """Return True if this rule alone would allow it."""
    covers = path[: len(rule.scope.path)] == rule.scope.path
    return covers and rule.role.allows(action, resource, rule.scope.type)


def explain(rules: RuleSet, action: str, resource: str, scope: ScopeRef) -> Explanation:
    covering = _allowing(rules, action, resource, scope.path)
    allowing = tuple(AllowingRule(rule, scope.path[len(rule.scope.path) :]) for rule in covering)
    if allowing:
        return Explanation(action, resource, scope, allowing)

    elsewhere = list(_in_other_scopes(rules, action, resource, scope.path))
    here = list(_here(rules, action, resource, scope.path))
    nearest = (*elsewhere[:NEAREST], *here[:NEAREST])
    farther = len(elsewhere) + len(here) - len(nearest)
    lowest = lowest_scope(action, resource)
    return Explanation(action, resource, scope, (), nearest, roles_allowing(action, resource), lowest, farther)


def permitted_scopes(rules: RuleSet, action: str, resource: str) -> frozenset[ScopeRef]:
    """Return the topmost scopes: whatever is below one of them is permitted too, and left out."""
    permitted = {
        scope.path: scope
        for scope, roles in rules.by_scope()
        if any(role.allows(action, resource, scope.type) for role in roles)
    }
    # Ten thousand projects have a few hundred parents, so the way up is walked once for each parent.
    parents = {path[:-1] for path in permitted}
    covered = {path for path in parents if any(path[:length] in permitted for length in range(1, len(path) + 1))}

    return frozenset(scope for path, scope in permitted.items() if path[:-1] not in covered)


def permissions_in(rules: RuleSet, path: Path) -> dict[str, frozenset[Action]]:
    """Resource type → actions allowed in this scope."""
    return _together(role.by_scope_type[given[0].scope.type] for role, given in rules.covering(path))


def permissions_anywhere(rules: RuleSet) -> dict[str, frozenset[Action]]:
    """Resource type → actions allowed in some scope."""
    return _together(role.by_scope_type[scope.type] for scope, roles in rules.by_scope() for role in roles)


def _together(given: Iterable[Mapping[str, frozenset[Action]]]) -> dict[str, frozenset[Action]]:
    held: dict[str, frozenset[Action]] = {}
    for permissions in given:
        for resource, actions in permissions.items():
            held[resource] = held.get(resource, frozenset()) | actions

    return held


def may_grant(rules: RuleSet, role: Role, path: Path) -> bool:
    """Return whether they may make access rules in this scope and hold there whatever the role would give."""
    if not may(rules, "create", "access_rules", path):
        return False

    return next(_beyond(permissions_in(rules, path), role, _type_at(path)), None) is None


def may_revoke(rules: RuleSet, role: Role, path: Path) -> bool:
    """Return whether they may end access rules in this scope, and could give there what this one gives."""
    return may(rules, "delete", "access_rules", path) and may_grant(rules, role, path)


def exceeds(actor: RuleSet, other: RuleSet) -> Excess | None:
    """Return the first permission that `other` has in a scope where `actor` hasn't, or None if there is none."""
    for scope, roles in other.by_scope():
        held = permissions_in(actor, scope.path)
        for role in roles:
            for action, resource in _beyond(held, role, scope.type):
                return Excess(action, resource, scope)

    return None


def _allowing(rules: RuleSet, action: str, resource: str, path: Path) -> Iterator[RuleRef]:
    for role, given in rules.covering(path):
        if role.allows(action, resource, given[0].scope.type):
            yield from given


def _beyond(held: dict[str, frozenset[Action]], role: Role, scope_type: str) -> Iterator[tuple[Action, str]]:
    for resource, actions in role.by_scope_type[scope_type].items():
        missing = actions - held.get(resource, frozenset())
        yield from ((action, resource) for action in ACTIONS if action in missing)


def _in_other_scopes(rules: RuleSet, action: str, resource: str, path: Path) -> Iterator[NearMiss]:
    def distance(rule: RuleRef) -> tuple[int, int]:
        theirs = rule.scope.path
        shared = sum(theirs[:length] == path[:length] for length in range(1, min(len(theirs), len(path)) + 1))
        return len(path) + len(theirs) - 2 * shared, rule.id

    allowing = (rule for rule in rules if rule.role.allows(action, resource, rule.scope.type))
    for rule in sorted(allowing, key=distance):
        yield NearMiss(rule, Miss.OTHER_SCOPE)


def _here(rules: RuleSet, action: str, resource: str, path: Path) -> Iterator[NearMiss]:
    covering = [rule for _, given in rules.covering(path) for rule in given]
    for rule in covering:
        yield NearMiss(rule, Miss.TOO_LOW if rule.role.allows(action, resource) else Miss.OTHER_ROLE)
