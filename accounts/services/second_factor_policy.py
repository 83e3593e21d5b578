"""Decide who must have a second factor, and from when on nothing else opens to them without one."""

from datetime import datetime

from django.utils import timezone

from accounts.models import GeneralSettings, User
from accounts.ports.authority import authority


def must_have_second_factor(user: User, general: GeneralSettings | None = None) -> bool:
    """Return True if Settings | Sign-in asks one of this user: a local one, by being an administrator or by a role."""
    general = general or GeneralSettings.current()
    if not (user.is_local and general.asks_second_factors):
        return False
    return authority().is_asked(
        user, administrators=general.second_factor_of_administrators, roles=general.second_factor_of_roles
    )


def note_second_factor_due(user: User, general: GeneralSettings | None = None) -> datetime | None:
    """Return from when on this user can do nothing but add a second factor; None if none is asked or they have one.

    The days of grace begin when somebody who must have one first signs in without. Who need have none any more is
    forgotten here, the next time that they come.
    """
    general = general or GeneralSettings.current()
    must = user.second_factor_since is None and must_have_second_factor(user, general)
    due = (user.second_factor_due_at or timezone.now() + general.second_factor_grace) if must else None
    if due != user.second_factor_due_at:
        User.objects.filter(pk=user.pk).update(second_factor_due_at=due)
        user.second_factor_due_at = due
    return due
