"""Port: within what time clusters refuse access that was withdrawn.

Wired by the setting ACCOUNTS_CUT_OFF, the dotted path to a function of this shape
(`clustersync.adapters.cut_off.cut_off_in_clusters`).
"""

from django.conf import settings
from django.utils.module_loading import import_string


def cut_off_in_clusters() -> list[str]:
    """Sentences for people about to withdraw somebody's access; none without clusters."""
    said: list[str] = import_string(settings.ACCOUNTS_CUT_OFF)()
    return said
