"""Port: what an administrator has to know before a user gets another e-mail address.

Wired by the setting ACCOUNTS_RENAMING, a dotted path to a function of this shape
(`clustersync.renaming.known_by_email`).
"""

from django.conf import settings
from django.utils.module_loading import import_string


def renaming_means() -> list[str]:
    """Return sentences for people about to rename somebody; none without clusters."""
    said: list[str] = import_string(settings.ACCOUNTS_RENAMING)()
    return said
