from clustersync.services.bounds import bounds_in_words


def cut_off_in_clusters() -> list[str]:
    """How soon access that is withdrawn ends in the clusters; what `accounts` asks (`accounts.cut_off`)."""
    return bounds_in_words()
