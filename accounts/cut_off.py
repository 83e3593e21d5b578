"""What accounts must ask of the layer above it, which holds the clusters: how soon do they know?

Wired by the setting ACCOUNTS_CUT_OFF, a dotted path to a function of this shape
(`clustersync.cut_off.cut_off_in_clusters`).
"""

from django.conf import settings
from django.utils.module_loading import import_string


def cut_off_in_clusters() -> list[str]:
    """Sentences for people about to withdraw somebody's access; none without clusters."""
    said: list[str] = import_string(settings.ACCOUNTS_CUT_OFF)()
    return said
