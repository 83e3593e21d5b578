from clustersync.models import Cluster, UsernameClaim
from clustersync.services.bounds import bounds_in_words
from common.wording import Wording

MOST_NAMED = 10


def known_by_email() -> list[str]:
    """Say which clusters know people by e-mail; what `accounts` asks (`accounts.ports.renaming`)."""
    clusters = Cluster.objects.filter(enabled=True, legacy_flags=False).exclude(username_claim=UsernameClaim.SUB)
    names = [str(cluster) for cluster in clusters.select_related("scope").order_by("scope__name")[:MOST_NAMED]]
    if not names:
        return []
    more = clusters.count() - len(names)
    known = Wording.joined("", (", ".join(names), Wording(" and {more} more", more=more) if more else ""))
    return [
        Wording(
            "Known by e-mail in {known}: what access rules give there follows at the agent's "
            "next pass; bindings of your own have to be changed.",
            known=known,
        ),
        "Tokens that were issued before carry the old address. Give it to nobody else until they have ended:",
        *bounds_in_words(),
    ]
