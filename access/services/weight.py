"""Which groups matter most somewhere: where not all of them can be said, these are."""

from collections.abc import Collection

from access.catalog import role_with_id
from access.models import AccessRule, Scope, SubjectType

NOWHERE = (99, 0)


def weightiest_first(groups: Collection[str], *, at: Scope) -> list[str]:
    """Groups in an order that stays: whose rules reach farthest, then whose role has most permissions, then by name.

    A rule for all of this scope, or for what is above it, reaches farther than one for a part of it. A group that no
    rule names here is last.
    """
    best = dict.fromkeys(groups, NOWHERE)
    named = AccessRule.objects.live().filter(subject_type=SubjectType.GROUP, subject_id__in=list(groups))
    rows = named.filter(scope__in=Scope.objects.reaching(at)).values_list("subject_id", "role_id", "scope__path")
    for group, role_id, path in rows:
        below = max(0, path.count("/") - at.path.count("/"))
        best[group] = min(best[group], (below, -_permissions(role_id)))
    return sorted(best, key=lambda group: (best[group], group))


def _permissions(role_id: int) -> int:
    return sum(len(actions) for actions in role_with_id(role_id).permissions.values())
