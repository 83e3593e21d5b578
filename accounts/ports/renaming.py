"""Port: the warnings for an administrator who is about to rename a user.

Wired by the setting ACCOUNTS_RENAMING, the dotted path to a function of this shape
(`clustersync.adapters.renaming.known_by_email`).
"""

from django.conf import settings
from django.utils.module_loading import import_string


def renaming_means() -> list[str]:
    """Return sentences for people about to rename somebody; none without clusters."""
    said: list[str] = import_string(settings.ACCOUNTS_RENAMING)()
    return said
