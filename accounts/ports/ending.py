"""Port: the access rules that end with a user or a group.

Wired by the setting ACCOUNTS_ENDING, the dotted path to a function of this shape
(`access.adapters.ending.of`).
"""

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Group, User


def ending_with(subject: User | Group, *, reader: User) -> list[str]:
    """Sentences for `reader`, who is about to delete the user or the group; none where nothing ends."""
    said: list[str] = import_string(settings.ACCOUNTS_ENDING)(subject, reader=reader)
    return said
