"""Keep an agent's report as the state of the cluster and of each access rule there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

import audit.services as audit
from access.models import AccessRule, Scope
from access.services import permitted
from clustersync.models import Cluster, Phase, RuleStatus, SyncReport
from clustersync.services.left_out import note_left_out
from common.actors import SYSTEM, Actor
from common.locking import hold

LONGEST_MESSAGE = 500
MOST_TROUBLED = 20
BATCH = 500  # PostgreSQL takes 65,535 parameters with a statement

# What an agent may say; the other phases follow from who has said nothing yet, and from rules that are gone.
PHASES = (Phase.READY.value, Phase.NOT_READY.value)


@dataclass(frozen=True)
class AgentReport:
    """`rules` is by the id of the access rule: its phase and a sentence, empty where there is nothing to say.

    `left` counts objects of ours that could be neither changed nor pruned; None stands for all that failed.
    """

    seconds: float
    applied: int = 0
    unchanged: int = 0
    pruned: int = 0
    failed: int = 0
    left: int | None = None
    drift: Sequence[str] = ()
    problems: Sequence[str] = ()
    rules: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    agent: str = ""


@transaction.atomic
def keep_report(cluster: Cluster, report: AgentReport) -> None:
    """For the agent of that very cluster, which has shown its credential; or the server's own."""
    hold(cluster.scope)
    before = SyncReport.objects.select_for_update().filter(cluster=cluster).first()
    facts = {
        "at": timezone.now(),
        "seconds": report.seconds,
        "applied": report.applied,
        "unchanged": report.unchanged,
        "pruned": report.pruned,
        "failed": report.failed,
        "drift": list(report.drift),
        "problems": list(report.problems),
        "agent": report.agent,
    }
    SyncReport.objects.update_or_create(cluster=cluster, defaults=facts)
    left = report.failed if report.left is None else report.left
    _keep_statuses(cluster, report.rules, nothing_left=not left)
    note_left_out(cluster)
    if report.applied or report.pruned or report.failed != (before.failed if before else 0):
        audit.record(
            "cluster:rbac:sync",
            actor=SYSTEM,
            target=cluster,
            cluster_id=cluster.pk,
            result=audit.FAILED if report.failed else audit.SUCCEEDED,
            reason="some_failed" if report.failed else "",
            often=True,  # whoever has an agent's token may report what they like
            applied=report.applied,
            pruned=report.pruned,
            failed=report.failed,
            drift=len(report.drift),
        )


def keep_idle_report(cluster: Cluster, *, seconds: float, agent: str) -> bool:
    """This agent found again that nothing is to be done. False where that isn't what it reported last."""
    idle = SyncReport.objects.filter(cluster=cluster, agent=agent, applied=0, pruned=0, failed=0)
    return bool(idle.update(at=timezone.now(), seconds=seconds))


def _keep_statuses(cluster: Cluster, told: Mapping[int, tuple[str, str]], *, nothing_left: bool) -> None:
    """Only what changed is written: a thousand rules are the same from one pass to the next."""
    now = timezone.now()
    kept = {status.rule_id: status for status in RuleStatus.objects.filter(cluster=cluster)}
    known = set(kept)
    if told.keys() - known:
        reaching = AccessRule.objects.filter(scope__in=Scope.objects.reaching(cluster.scope))
        known.update(reaching.values_list("pk", flat=True))
    changed = [
        RuleStatus(cluster=cluster, rule_id=rule, phase=phase, message=message[:LONGEST_MESSAGE], updated_at=now)
        for rule, (phase, message) in told.items()
        if rule in known and (rule not in kept or (kept[rule].phase, kept[rule].message) != (phase, message))
    ]
    RuleStatus.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["cluster", "rule"],
        update_fields=["phase", "message", "updated_at"],
        batch_size=BATCH,
    )
    if nothing_left:
        # Of a rule that the agent wasn't asked about any more nothing is left in the cluster.
        gone = sorted(kept.keys() - told.keys())
        for at in range(0, len(gone), BATCH):
            RuleStatus.objects.filter(cluster=cluster, rule_id__in=gone[at : at + BATCH]).delete()


@dataclass(frozen=True)
class SyncState:
    """The state of one cluster, for its page. `report` is None until an agent has reported; `phases` counts rules."""

    report: SyncReport | None
    phases: Mapping[str, int]
    troubled: Sequence[RuleStatus]


def may_read_sync(actor: Actor, cluster: Cluster) -> bool:
    """Return True for who may read the access rules of the whole cluster: its state names whom they are for."""
    return bool(permitted(actor, "read", "access_rules").filter(pk=cluster.pk).exists())


def sync_as_seen_by(actor: Actor, cluster: Cluster) -> SyncState | None:
    if not may_read_sync(actor, cluster):
        return None
    statuses = RuleStatus.objects.as_shown().filter(cluster=cluster)
    live = statuses.filter(rule__deleted_at=None)
    counted = {str(Phase(phase).label): count for phase, count in live.values_list("shown").annotate(count=Count("pk"))}
    troubled = live.filter(shown=Phase.NOT_READY).select_related("rule").order_by("rule_id")[:MOST_TROUBLED]
    left = statuses.exclude(rule__deleted_at=None).count()
    deleting = {str(Phase.DELETING.label): left} if left else {}
    return SyncState(SyncReport.objects.filter(cluster=cluster).first(), counted | deleting, list(troubled))
