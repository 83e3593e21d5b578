"""May they, where, and why: grants in, answers out. Whatever is allowed was found by `Grants.covering`."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
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
        # With another scope's path the grant would be for that one, and with none it would be above the root.
        if self.path[-1:] != (self.id,):
            raise ValueError(f"The path of scope {self.id!r} must end with it: {self.path!r}.")
        # With another type's it would give what counts in that one.
        if self.type != _type_at(self.path):
            raise ValueError(f"No {self.type} is {len(self.path) - 1} steps below the root: {self.path!r}.")


@dataclass(frozen=True, slots=True)
class Grant:
    """An access rule: `subject`, a (type, id) pair, has `role` in `scope` and in everything below it."""

    rule_id: int
    subject: tuple[str, str]
    role: Role
    scope: ScopeRef


def _type_at(path: Path) -> str:
    return SCOPE_TYPES[len(path) - 1]


class Grants:
    """All that one principal was granted, by whichever subject. Built once, asked often."""

    __slots__ = ("_by_path",)

    def __init__(self, grants: Iterable[Grant] = ()) -> None:
        # By role too: a hundred groups that give the same role in the same scope are one answer.
        self._by_path: dict[Path, dict[Role, list[Grant]]] = {}
        for grant in grants:
            self._by_path.setdefault(grant.scope.path, {}).setdefault(grant.role, []).append(grant)

    def __iter__(self) -> Iterator[Grant]:
        for roles in self._by_path.values():
            for given in roles.values():
                yield from given

    def covering(self, path: Path) -> Iterator[tuple[Role, list[Grant]]]:
        """The roles held in this scope with the grants that give them, nearest scope first."""
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
class Step:
    """A grant that allows; `inherited_through` is the ids below its scope, down to the scope asked about."""

    grant: Grant
    inherited_through: Path


@dataclass(frozen=True, slots=True)
class NearMiss:
    grant: Grant
    why: Miss


@dataclass(frozen=True, slots=True)
class Explanation:
    """`chain` is every grant that allows; without any, `nearest` and `sufficient_roles` say what would.

    A rule allows it in a scope of the type `lowest`, or above.
    """

    action: str
    resource: str
    scope: ScopeRef
    chain: tuple[Step, ...]
    nearest: tuple[NearMiss, ...] = ()
    sufficient_roles: tuple[Role, ...] = ()
    lowest: str = SCOPE_TYPES[-1]

    @property
    def allowed(self) -> bool:
        return bool(self.chain)


def may(grants: Grants, action: str, resource: str, path: Path) -> bool:
    return next(_allowing(grants, action, resource, path), None) is not None


def would_allow(grant: Grant, action: str, resource: str, path: Path) -> bool:
    """Return True if this grant alone would allow it."""
    covers = path[: len(grant.scope.path)] == grant.scope.path
    return covers and grant.role.allows(action, resource, grant.scope.type)


def explain(grants: Grants, action: str, resource: str, scope: ScopeRef) -> Explanation:
    allowing = _allowing(grants, action, resource, scope.path)
    chain = tuple(Step(grant, scope.path[len(grant.scope.path) :]) for grant in allowing)
    if chain:
        return Explanation(action, resource, scope, chain)

    nearest = (*_in_other_scopes(grants, action, resource, scope.path), *_here(grants, action, resource, scope.path))
    lowest = lowest_scope(action, resource)
    return Explanation(action, resource, scope, (), nearest, roles_allowing(action, resource), lowest)


def permitted_scopes(grants: Grants, action: str, resource: str) -> frozenset[ScopeRef]:
    """The topmost scopes: whatever is below one of them is permitted too, and left out."""
    permitted = {
        scope.path: scope
        for scope, roles in grants.by_scope()
        if any(role.allows(action, resource, scope.type) for role in roles)
    }
    # Ten thousand projects have a few hundred parents, so the way up is walked once for each parent.
    parents = {path[:-1] for path in permitted}
    covered = {path for path in parents if any(path[:length] in permitted for length in range(1, len(path) + 1))}

    return frozenset(scope for path, scope in permitted.items() if path[:-1] not in covered)


def permissions_in(grants: Grants, path: Path) -> dict[str, frozenset[Action]]:
    """Resource type → actions allowed in this scope."""
    return _together(role.by_scope_type[given[0].scope.type] for role, given in grants.covering(path))


def permissions_anywhere(grants: Grants) -> dict[str, frozenset[Action]]:
    """Resource type → actions allowed in some scope."""
    return _together(role.by_scope_type[scope.type] for scope, roles in grants.by_scope() for role in roles)


def _together(given: Iterable[Mapping[str, frozenset[Action]]]) -> dict[str, frozenset[Action]]:
    held: dict[str, frozenset[Action]] = {}
    for permissions in given:
        for resource, actions in permissions.items():
            held[resource] = held.get(resource, frozenset()) | actions

    return held


def may_grant(grants: Grants, role: Role, path: Path) -> bool:
    """Whether they may make access rules in this scope and hold there whatever the role would give."""
    if not may(grants, "create", "access_rules", path):
        return False

    return next(_beyond(permissions_in(grants, path), role, _type_at(path)), None) is None


def may_revoke(grants: Grants, role: Role, path: Path) -> bool:
    """Return whether they may end access rules in this scope, and could give there what this one gives."""
    return may(grants, "delete", "access_rules", path) and may_grant(grants, role, path)


def exceeds(actor: Grants, other: Grants) -> Excess | None:
    """The first permission that `other` has in a scope where `actor` hasn't, or None if there is none."""
    for scope, roles in other.by_scope():
        held = permissions_in(actor, scope.path)
        for role in roles:
            for action, resource in _beyond(held, role, scope.type):
                return Excess(action, resource, scope)

    return None


def _allowing(grants: Grants, action: str, resource: str, path: Path) -> Iterator[Grant]:
    for role, given in grants.covering(path):
        if role.allows(action, resource, given[0].scope.type):
            yield from given


def _beyond(held: dict[str, frozenset[Action]], role: Role, scope_type: str) -> Iterator[tuple[Action, str]]:
    for resource, actions in role.by_scope_type[scope_type].items():
        missing = actions - held.get(resource, frozenset())
        yield from ((action, resource) for action in ACTIONS if action in missing)


def _in_other_scopes(grants: Grants, action: str, resource: str, path: Path) -> Iterator[NearMiss]:
    def distance(grant: Grant) -> tuple[int, int]:
        theirs = grant.scope.path
        shared = sum(theirs[:length] == path[:length] for length in range(1, min(len(theirs), len(path)) + 1))
        return len(path) + len(theirs) - 2 * shared, grant.rule_id

    allowing = (grant for grant in grants if grant.role.allows(action, resource, grant.scope.type))
    for grant in nsmallest(NEAREST, allowing, key=distance):
        yield NearMiss(grant, Miss.OTHER_SCOPE)


def _here(grants: Grants, action: str, resource: str, path: Path) -> Iterator[NearMiss]:
    covering = [grant for _, given in grants.covering(path) for grant in given]
    for grant in covering[:NEAREST]:
        yield NearMiss(grant, Miss.TOO_LOW if grant.role.allows(action, resource) else Miss.OTHER_ROLE)
