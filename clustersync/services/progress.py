"""Tell how far a cluster is connected, by what was heard of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from access.models import AccessRule, Scope
from clustersync.models import Cluster, CredentialKind, KeyFetch, SyncReport
from clustersync.models.clusters import Mode
from clustersync.models.refusals import Reason
from clustersync.services.refusals import refusals_of
from common.wording import Wording

STEPS = 5


@dataclass(frozen=True)
class Heard:
    """One sign of a cluster. `at` is when it was last seen; None as long as it wasn't."""

    title: str
    seen: str
    at: datetime | None
    otherwise: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The five steps of connecting a cluster, as far as each can be seen from here.

    `refused` says why the API server was last refused, where nothing good was heard of it since. `is_behind`: it was
    heard with a webhook token that has ended or that a newer one replaced, and not with the present one.
    """

    reached: list[Heard]
    rbac: Heard
    people: Heard
    refused: str
    refused_at: datetime | None
    is_behind: bool = False

    @property
    def works(self) -> bool:
        """Return True if the API server was seen to use a way that its cluster is registered for, not refused since."""
        return any(sign.at for sign in self.reached) and self.refused_at is None and not self.is_behind

    @property
    def configured(self) -> bool:
        """Return True if the API server was heard of at all: a refused question comes from flags that are in place."""
        return self.works or (self.refused_at is not None and not self.is_behind)

    @property
    def done(self) -> int:
        """Return the number of steps that are done; the doctor's is done when there is nothing left to find."""
        return sum((self.configured, self.works, self.works, bool(self.rbac.at), bool(self.people.at)))

    @property
    def of(self) -> int:
        return STEPS


def progress_of(cluster: Cluster) -> Progress:
    webhook = _webhook(cluster) if cluster.mode != Mode.OIDC else None
    reached = list(_reached(cluster, webhook))
    since = _good_since(reached, webhook)
    refusal = next((one for one in refusals_of(cluster) if since is None or one.at > since), None)
    ended = refusal is not None and refusal.reason == Reason.ENDED
    report = SyncReport.objects.filter(cluster=cluster).first()
    return Progress(
        reached=reached,
        rbac=Heard(
            Wording("Its RBAC follows the access rules"),
            Wording("the agent last reported"),
            report.at if report else None,
            Wording(
                "No agent has reported. Until one does, or you apply what the API answers at rbac, people may do"
                " nothing."
            ),
        ),
        people=Heard(
            Wording("People have roles in it"),
            Wording("the latest access rule is of"),
            _latest_rule(cluster),
            Wording("No access rule gives anybody anything in this cluster alone."),
        ),
        refused=Wording(str(Reason(refusal.reason).label)) if refusal else "",
        refused_at=refusal.at if refusal else None,
        is_behind=webhook is not None and (webhook.is_behind or ended),
    )


@dataclass(frozen=True)
class _Webhook:
    """The use of a cluster's present webhook token, and of those before it."""

    made_at: datetime | None
    used_at: datetime | None
    before_used_at: datetime | None

    @property
    def is_behind(self) -> bool:
        return self.used_at is None and self.before_used_at is not None


def _webhook(cluster: Cluster) -> _Webhook:
    tokens = cluster.credentials.filter(kind=CredentialKind.WEBHOOK)
    present = tokens.live().filter(ends_at=None).first()
    before = tokens.exclude(last_used_at=None).order_by("-last_used_at")
    if present:
        before = before.exclude(pk=present.pk)
    last = before.values_list("last_used_at", flat=True).first()
    if present is None:
        return _Webhook(None, None, last)
    return _Webhook(present.created_at, present.last_used_at, last)


def _good_since(reached: list[Heard], webhook: _Webhook | None) -> datetime | None:
    """Return the time before which refusals don't count: the present token's use, or else when it was made."""
    if webhook and (webhook.used_at or webhook.before_used_at):
        return webhook.used_at or webhook.made_at
    seen = [sign.at for sign in reached if sign.at]
    return max(seen, default=webhook.made_at if webhook else None)


def _reached(cluster: Cluster, webhook: _Webhook | None) -> Iterator[Heard]:
    if webhook:
        otherwise = Wording("Not seen yet. It asks with the first token that somebody shows it: try one.")
        if webhook.is_behind:
            otherwise = Wording(
                "Not seen with the present webhook token yet. It asked with one from before, last on {at} UTC: give it"
                " the new one.",
                at=f"{webhook.before_used_at:%Y-%m-%d %H:%M}",
            )
        yield Heard(Wording("Its API server asks us"), Wording("it last asked"), webhook.used_at, otherwise)
    if cluster.mode != Mode.WEBHOOK:
        fetch = KeyFetch.objects.filter(cluster=cluster).first()
        yield Heard(
            Wording("Its API server has our keys"),
            Wording("it last fetched them"),
            fetch.at if fetch else None,
            Wording(
                "Not seen yet. It fetches them with the first token of ours; told by flags, it is known by its address."
            ),
        )


def _latest_rule(cluster: Cluster) -> datetime | None:
    """Return when the newest rule in the cluster or below it was made; rules above reach every cluster."""
    inside = Scope.objects.below(cluster.scope).values("pk")
    rules = AccessRule.objects.live().filter(Q(scope=cluster.scope) | Q(scope__in=inside))
    return rules.order_by("-created_at").values_list("created_at", flat=True).first()
