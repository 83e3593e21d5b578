"""How far a cluster is connected, by what was heard of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from clustersync.models import Cluster, ClusterCredential, KeyFetch, Kind, SyncReport
from clustersync.models.clusters import Mode


@dataclass(frozen=True)
class Step:
    """`seen_at` is when it was last seen to work; None as long as it wasn't."""

    title: str
    seen: str
    seen_at: datetime | None
    otherwise: str


def progress_of(cluster: Cluster) -> list[Step]:
    return list(_steps(cluster))


def _steps(cluster: Cluster) -> Iterator[Step]:
    if cluster.mode != Mode.OIDC:
        used = ClusterCredential.objects.filter(cluster=cluster, kind=Kind.WEBHOOK).exclude(last_used_at=None)
        last = used.order_by("-last_used_at").values_list("last_used_at", flat=True).first()
        yield Step(
            "Its API server asks us", "it last asked", last,
            "Not seen yet. It asks with the first token that somebody shows it: try one.",
        )  # fmt: skip
    if cluster.mode != Mode.WEBHOOK:
        fetch = KeyFetch.objects.filter(cluster=cluster).first()
        yield Step(
            "Its API server has our keys", "it last fetched them", fetch.at if fetch else None,
            "Not seen yet. It fetches them with the first token of ours; told by flags, it is known by its address.",
        )  # fmt: skip
    report = SyncReport.objects.filter(cluster=cluster).first()
    yield Step(
        "Its RBAC follows the access rules", "the agent last reported", report.at if report else None,
        "No agent has reported. Until one does, or you apply what the API answers at rbac, people may do nothing.",
    )  # fmt: skip
