"""Answers to the port `access.ports.rule_statuses`: the status of access rules in clusters whose agents report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Case, CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.expressions import Window
from django.db.models.functions import RowNumber, Substr

from access.models import TENANT_PATH, AccessRule, Scope
from access.ports import rule_statuses
from accounts.models import User
from clustersync.models import Phase, RuleStatus, SyncReport
from clustersync.services.left_out import left_out_by_rule

# The furthest from done first.
WORST_FIRST: Final = (Phase.NOT_READY, Phase.CREATING, Phase.DELETING, Phase.READY)

# Of each phase so many clusters are named; a rule for the whole account may be in a thousand.
MOST_NAMED = 20

CLUSTER_ID_LENGTH = Scope._meta.get_field("id").max_length

NOT_REPORTED = "The agent has not applied it yet."
BEING_REMOVED = "The rule was deleted; the agent has not removed all that it gave yet."


@dataclass(frozen=True)
class Clusters:
    """Those in which a rule is in one phase: the first of them by name, how many, and a message of one."""

    named: tuple[str, ...]
    count: int
    message: str

    def __str__(self) -> str:
        more = self.count - len(self.named)
        return f"[{','.join((*self.named, *([f'{more} more'] if more else [])))}]"


class AgentRuleStatuses:
    def of(self, rules: Sequence[AccessRule]) -> Mapping[int, rule_statuses.RuleStatusSummary]:
        """In two queries, however many rules and clusters there are."""
        if not rules:
            return {}
        reported = _reported(rules)
        synced = frozenset(SyncReport.objects.values_list("cluster_id", flat=True))
        found = {rule.pk: _status(_by_phase(rule, reported.get(rule.pk, {}), synced)) for rule in rules}
        return {id_: status for id_, status in found.items() if status}

    def not_carried(self, rule: AccessRule) -> rule_statuses.NotCarried:
        found = left_out_by_rule(rule)
        people: dict[str, list[User]] = {}
        for one in found.tokens:
            people.setdefault(str(one.cluster), []).append(one.user)
        return rule_statuses.NotCarried(people, found.complete)

    def with_phase(self, rules: QuerySet[AccessRule]) -> QuerySet[AccessRule]:
        reported = RuleStatus.objects.as_shown().filter(rule=OuterRef("pk"))
        deleted = Q(deleted_at__isnull=False)
        return rules.annotate(
            phase=Case(
                When(deleted & Exists(reported), then=Value(Phase.DELETING)),
                When(deleted, then=Value("")),
                When(Exists(reported.filter(shown=Phase.NOT_READY)), then=Value(Phase.NOT_READY)),
                When(Exists(reported.filter(shown=Phase.CREATING)) | _silent(), then=Value(Phase.CREATING)),
                When(Exists(reported.filter(shown=Phase.DELETING)), then=Value(Phase.DELETING)),
                When(Exists(reported), then=Value(Phase.READY)),
                default=Value(""),
                output_field=CharField(),
            )
        )


def _reported(rules: Sequence[AccessRule]) -> dict[int, dict[str, Clusters]]:
    alike = [F("rule_id"), F("shown")]
    rows = (
        RuleStatus.objects.as_shown()
        .filter(rule__in=[rule.pk for rule in rules])
        .annotate(
            place=Window(RowNumber(), partition_by=alike, order_by="cluster_id"),
            of=Window(Count("pk"), partition_by=alike),
        )
        .filter(place__lte=MOST_NAMED)
        .order_by("cluster_id")
    )
    found: dict[int, dict[str, Clusters]] = {}
    for rule_id, phase, cluster_id, message, count in rows.values_list("rule_id", "shown", "cluster_id", "said", "of"):
        before = found.setdefault(rule_id, {}).get(phase, Clusters((), count, ""))
        found[rule_id][phase] = Clusters((*before.named, cluster_id), count, before.message or message)
    return found


def _by_phase(rule: AccessRule, reported: dict[str, Clusters], synced: frozenset[str]) -> dict[str, Clusters]:
    if rule.deleted_at:
        left = reported.values()
        named = tuple(sorted(id_ for clusters in left for id_ in clusters.named))[:MOST_NAMED]
        return (
            {Phase.DELETING: Clusters(named, sum(clusters.count for clusters in left), BEING_REMOVED)} if left else {}
        )

    only = rule.scope.cluster_id
    reached = synced & {only} if only else synced
    silent = len(reached) - sum(clusters.count for clusters in reported.values())
    if silent <= 0:
        return reported
    # Some of those that have reported are not named here, where there are many; then nobody knows which are silent.
    known = {id_ for clusters in reported.values() for id_ in clusters.named}
    others = sorted(reached - known)
    named = tuple(others[:MOST_NAMED]) if len(others) == silent else ()
    creating = reported.get(Phase.CREATING, Clusters((), 0, NOT_REPORTED))
    together = Clusters((*creating.named, *named), creating.count + silent, creating.message)
    return {**reported, Phase.CREATING: together}


def _status(by_phase: dict[str, Clusters]) -> rule_statuses.RuleStatusSummary | None:
    if not by_phase:
        return None
    phases = [phase for phase in WORST_FIRST if phase in by_phase]
    details = "; ".join(f"{phase}: {by_phase[phase]}" for phase in phases)
    return rule_statuses.RuleStatusSummary(phases[0].value, by_phase[phases[0]].message, details)


def _silent() -> Q:
    """Return whether a cluster that the rule reaches has reported, but not about it; in a query of rules."""
    about_it = RuleStatus.objects.filter(rule=OuterRef(OuterRef("pk")), cluster=OuterRef("cluster"))
    silent = SyncReport.objects.filter(~Exists(about_it))
    # A scope in a cluster has the cluster's id in its path, after those of what is above all clusters.
    own = Substr(OuterRef("scope__path"), len("/".join(TENANT_PATH)) + 2, CLUSTER_ID_LENGTH)
    return Q(Exists(silent.filter(cluster=own))) | (Q(scope__in=TENANT_PATH) & Q(Exists(silent)))
