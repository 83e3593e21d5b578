"""The built-in roles and what each of them may do, as data. It doesn't know who has a role, nor where."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from access.catalog.builtin import BUILT_IN
from access.catalog.counting import SCOPE_TYPES, counts_in
from access.catalog.matrix import WHO_ADMINISTERS_ONE_KIND_OF_ASSET, WHO_MANAGES_AND_WHO_WORKS
from access.catalog.resources import RESOURCES
from common.wording import Wording

Action = Literal["create", "read", "update", "delete"]

ACTIONS: Final[tuple[Action, ...]] = ("create", "read", "update", "delete")


@dataclass(frozen=True, slots=True)
class ResourceType:
    name: str
    display_name: str
    group_id: str

    @property
    def plural(self) -> str:
        """Return the name inside a sentence."""
        return Wording(self.display_name.lower())


@dataclass(frozen=True, slots=True)
class Role:
    id: int
    name: str
    slug: str
    description: str
    permissions: Mapping[str, frozenset[Action]] = field(hash=False)
    """Resource type → actions, as the role is published: what a rule for the whole system gives."""

    by_scope_type: Mapping[str, Mapping[str, frozenset[Action]]] = field(init=False, hash=False, compare=False)
    """Type of scope → what a rule for such a scope gives."""

    def __post_init__(self) -> None:
        given = {type_: MappingProxyType(self._counting_in(type_)) for type_ in SCOPE_TYPES}
        object.__setattr__(self, "by_scope_type", MappingProxyType(given))

    def _counting_in(self, scope_type: str) -> dict[str, frozenset[Action]]:
        counting = {
            resource: frozenset(action for action in actions if counts_in(scope_type, action, resource))
            for resource, actions in self.permissions.items()
        }
        return {resource: actions for resource, actions in counting.items() if actions}

    def allows(self, action: str, resource: str, scope_type: str = SCOPE_TYPES[0]) -> bool:
        """Return True if a rule of this role for a scope of this type gives the permission."""
        return action in self.by_scope_type[scope_type].get(resource, ())


RESOURCE_TYPES: Final[Mapping[str, ResourceType]] = MappingProxyType(
    {
        name: ResourceType(name, Wording(display_name), group_id)
        for group_id, names in RESOURCES.items()
        for name, display_name in names.items()
    }
)


def _cells(table: str) -> Iterator[tuple[int, str, str]]:
    header, *rows = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    for resource, *cells in rows:
        for role_id, cell in zip(header[1:], cells, strict=True):
            yield int(role_id), resource, cell


def _permissions(*tables: str) -> dict[int, dict[str, frozenset[Action]]]:
    by_letter = {action[0].upper(): action for action in ACTIONS}
    permissions: dict[int, dict[str, frozenset[Action]]] = {}
    for table in tables:
        for role_id, resource, cell in _cells(table):
            if cell != "-":
                actions = frozenset(by_letter[letter] for letter in cell)
                permissions.setdefault(role_id, {})[resource] = actions

    return permissions


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")


def _roles() -> dict[int, Role]:
    permissions = _permissions(WHO_MANAGES_AND_WHO_WORKS, WHO_ADMINISTERS_ONE_KIND_OF_ASSET)
    return {
        id_: Role(id_, Wording(name), _slug(name), Wording(description), MappingProxyType(permissions[id_]))
        for id_, name, description in BUILT_IN
    }


ROLES: Final[Mapping[int, Role]] = MappingProxyType(_roles())

SYSTEM_ADMINISTRATOR: Final = ROLES[1]


def roles() -> Mapping[int, Role]:
    """Return every role there is, by id. The server asks here at each use, so that roles may come to change."""
    return ROLES


def role_with_id(role_id: int) -> Role:
    """Return the role that an access rule names; one that gives nothing if no role has this id."""
    found = roles().get(role_id)
    gone = Wording("Role {id}, which is gone", id=role_id)
    return found or Role(role_id, gone, f"role-{role_id}", "", MappingProxyType({}))


def roles_allowing(action: str, resource: str) -> tuple[Role, ...]:
    """Return the roles that have this permission, those that give least besides it first."""
    allowing = [role for role in roles().values() if role.allows(action, resource)]
    return tuple(sorted(allowing, key=lambda role: (sum(map(len, role.permissions.values())), role.id)))
