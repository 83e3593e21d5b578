"""Which roles can lead their holder to System administrator, computed from the catalog. Pure."""

from collections.abc import Mapping
from typing import Final

from access.catalog import SYSTEM_ADMINISTRATOR, Role, roles
from access.catalog.counting import SCOPE_TYPES

# Permissions that decide who somebody is, or where somebody's token goes.
# Verbs bound each of them by what their actor holds; these are the ones on whose bounds everything depends.
_DECISIVE: Final = (
    ("update", "security-settings"),  # identity providers: who signs in, and as whom
    ("create", "users"),
    ("update", "users"),  # passwords
    ("update", "groups"),  # who is in them
    ("create", "apps"),  # clients for which people's tokens are made
    ("update", "apps"),  # their secrets and redirect URIs
    ("create", "service-account"),  # the same under its other name
    ("update", "service-account"),
    ("update", "settings"),  # where people are sent to sign in and out
    ("create", "cluster"),
    ("update", "cluster"),  # which API server collects people's tokens, and as whom it knows them
)

_computed: tuple[tuple[Role, ...], Mapping[str, frozenset[int]]] = ((), {})


def leads_to_administrator(role: Role, scope_type: str) -> bool:
    """Return True if a rule of this role in a scope of this type can lead to System administrator."""
    if scope_type == "system" or _appoints_administrators(role):
        return True
    return any(role.allows(*permission, scope_type) for permission in _DECISIVE)


def _appoints_administrators(role: Role) -> bool:
    """Whoever makes rules and holds all that the strongest role holds can grant that role (`decisions.may_grant`)."""
    everything = SYSTEM_ADMINISTRATOR.permissions.items()
    return role.allows("create", "access_rules") and all(
        actions <= role.permissions.get(resource, frozenset()) for resource, actions in everything
    )


def leading() -> Mapping[str, frozenset[int]]:
    """Return by type of scope the ids of the roles that do."""
    global _computed
    given = tuple(roles().values())
    if given != _computed[0]:  # the same roles compare by identity, where a cache would hash each of them every time
        _computed = given, _leading(given)
    return _computed[1]


def _leading(given: tuple[Role, ...]) -> Mapping[str, frozenset[int]]:
    return {
        scope_type: frozenset(role.id for role in given if leads_to_administrator(role, scope_type))
        for scope_type in SCOPE_TYPES
    }
