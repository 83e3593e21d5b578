"""Tell how soon "disable" takes effect, cluster by cluster, and in words where people are disabled."""

from datetime import timedelta

from clustersync.bounds import in_words, revocation_bound
from clustersync.models import Cluster, Mode
from common.wording import Wording
from tokens.services.keys import longest_token_life

MOST_NAMED = 10


def bound_of(cluster: Cluster, *, shared_live: timedelta) -> int:
    """In seconds; `shared_live` is the life of the longest token for the audience that clusters may share."""
    longest = max(shared_live, cluster.tokens_live) if cluster.shares_audience else cluster.tokens_live
    return revocation_bound(
        cluster.mode,
        token_seconds=int(longest.total_seconds()),
        webhook_cache_seconds=cluster.webhook_cache_seconds,
    )


def bounds() -> list[tuple[int, Cluster]]:
    """Return in how many seconds each enabled cluster refuses whose access ended, the slowest first."""
    shared_live = longest_token_life()
    clusters = Cluster.objects.filter(enabled=True).select_related("scope")
    bounded = [(bound_of(cluster, shared_live=shared_live), cluster) for cluster in clusters]
    return sorted(bounded, key=lambda pair: -pair[0])


def bounds_in_words() -> list[str]:
    """Return a sentence for each cluster, the slowest first.

    Of more than ten the slowest and how many others there are.
    """
    said: list[str] = [
        Wording(
            "Cluster {cluster} refuses earlier tokens after at most {time} ({how}).",
            cluster=cluster,
            time=in_words(bound),
            how=HOW[cluster.mode],
        )
        for bound, cluster in bounds()
    ]
    if len(said) <= MOST_NAMED:
        return said
    return [
        *said[:MOST_NAMED],
        Wording("{more} more clusters refuse them sooner than these, or as soon.", more=len(said) - MOST_NAMED),
    ]


HOW: dict[str, str] = {
    Mode.WEBHOOK: Wording("it asks us"),
    Mode.OIDC: Wording("it verifies tokens by itself"),
    Mode.BOTH: Wording("it verifies tokens by itself before it asks us"),
}
