"""Answers to the port `accounts.ports.cut_off`."""

from clustersync.services.bounds import bounds_in_words


def cut_off_in_clusters() -> list[str]:
    """Return within what time clusters refuse access that was withdrawn, in sentences."""
    return bounds_in_words()
