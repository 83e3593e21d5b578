"""Decide if a user becomes an administrator by a name: as a member of a group, or by their e-mail address.

Rules may have been waiting for both. For what is asked before a sensitive act, in the admin and by the API.
"""

from uuid import UUID

from access.models import SubjectType
from access.services.subjects import can_lead
from accounts.models import Group
from accounts.models.users import normalize_email


def by_joining(group_id: object) -> bool:
    """Return True if a member of this group can become System administrator; False where there is no such group."""
    try:
        group = Group.objects.filter(pk=UUID(str(group_id))).first()
    except ValueError:
        return False
    return group is not None and can_lead(SubjectType.GROUP, group.name)


def by_address(email: object) -> bool:
    """Return True if rules wait for this address that can lead to System administrator."""
    return isinstance(email, str) and can_lead(SubjectType.USER, normalize_email(email.replace("\x00", "")))
