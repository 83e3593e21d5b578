"""Find people whose tokens leave out a group that a rule names, in clusters that read groups in tokens.

People are told before they are refused: when the rule is made, on its page, and in what is said of it in the cluster.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Count, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Length
from django.utils import timezone

from access.models import AccessRule, Scope, SubjectType
from accounts.models import Group, Membership, User
from clustersync.models import Cluster, Mode, RuleStatus, SyncReport
from clustersync.services.budget import groups_by_user, named_by_cluster, predict
from clustersync.services.reached import EVERYWHERE
from tokens.budget import MOST_GROUPS, Fit
from tokens.models.keys import Algorithm
from tokens.ports.facts import Asked, facts_of
from tokens.services.gate import groups_told
from tokens.services.sizes import within_budget

# So many are looked at: the people with the longest lists of groups, and the first clusters by name.
MOST_PEOPLE = 200
MOST_CLUSTERS = 50
MOST_TOKENS = 100
# People join groups at any time; what is said of a rule in a list is so old at most.
MEASURED_EVERY = timedelta(minutes=10)


class LeftOut(NamedTuple):
    """The groups that this person's token for this cluster does not name, those that matter most first."""

    user: User
    cluster: Cluster
    groups: list[str]


class LeftOutGroups(NamedTuple):
    """`complete` is False if there were more people, clusters or tokens than are looked at."""

    tokens: list[LeftOut]
    complete: bool


def reading_groups_in_tokens() -> QuerySet[Cluster]:
    """Return the enabled clusters that know groups by tokens alone; those of the platform's flags know none."""
    return Cluster.objects.filter(enabled=True, legacy_flags=False).exclude(mode=Mode.WEBHOOK).select_related("scope")


def left_out_by_rule(rule: AccessRule) -> LeftOutGroups:
    """Return the members of a rule's group whose tokens do not name it, in the clusters that the rule reaches."""
    if rule.subject_type != SubjectType.GROUP:
        return LeftOutGroups([], complete=True)
    clusters = reading_groups_in_tokens().order_by("slug")
    if rule.scope.cluster_id:
        clusters = clusters.filter(pk=rule.scope.cluster_id)
    of_members = Membership.objects.filter(
        user__in=Membership.objects.filter(group__name=rule.subject_id).values("user")
    )
    found = _left_out(of_members, list(clusters[: MOST_CLUSTERS + 1]))
    return LeftOutGroups([one for one in found.tokens if rule.subject_id in one.groups], found.complete)


def left_out_in(cluster: Cluster) -> LeftOutGroups:
    """Everybody whose token for this cluster leaves groups out."""
    if not reading_groups_in_tokens().filter(pk=cluster.pk).exists():
        return LeftOutGroups([], complete=True)
    rules = AccessRule.objects.live().filter(scope__in=Scope.objects.reaching(cluster.scope))
    named = rules.filter(subject_type=SubjectType.GROUP).values("subject_id")
    matter = Q(group__name__in=named) | Q(group__name__in=cluster.extra_groups)
    return _left_out(Membership.objects.filter(matter), [cluster])


def left_out_of(user: User, cluster: Cluster) -> list[str]:
    """Return the groups that this user's next token for this cluster leaves out, as the gate and the budget decide."""
    audience = cluster.as_audience()
    facts = facts_of(Asked(client_id="", user_id=user.pk, cluster_id=cluster.pk))
    given = facts.in_cluster is not None and facts.in_cluster.given.anything
    told = groups_told(facts, audience) if given else []
    claims = predict(user, cluster, told, told).claims
    _, left_out = within_budget(claims, groups=told, cluster=audience, algorithm=Algorithm.RS256)
    return left_out


@transaction.atomic
def note_left_out(cluster: Cluster) -> None:
    """Keep with each rule's status whether all members' tokens name its group."""
    groups = {name for one in left_out_in(cluster).tokens for name in one.groups}
    for_these = Q(rule__subject_type=SubjectType.GROUP, rule__subject_id__in=groups)
    statuses = RuleStatus.objects.filter(cluster=cluster)
    statuses.filter(for_these, carried=True).update(carried=False)
    statuses.exclude(for_these).filter(carried=False).update(carried=True)


def note_where_due(*, seconds: float) -> bool:
    """Note it in clusters where an agent reports and nobody has looked for MEASURED_EVERY; False if time ran out."""
    ends_at = time.monotonic() + seconds
    before = timezone.now() - MEASURED_EVERY
    due = SyncReport.objects.filter(Q(measured_at=None) | Q(measured_at__lt=before))
    reports = (
        due.filter(cluster__in=reading_groups_in_tokens()).order_by("measured_at").select_related("cluster__scope")
    )
    for report in reports.order_by("measured_at")[:MOST_CLUSTERS]:
        if time.monotonic() >= ends_at:
            return False
        # Of several processes the first has it.
        unclaimed = SyncReport.objects.filter(pk=report.pk, measured_at=report.measured_at)
        if unclaimed.update(measured_at=timezone.now()):
            note_left_out(report.cluster)
    return not due.filter(cluster__in=reading_groups_in_tokens()).exists()


def _left_out(memberships: QuerySet[Membership], clusters: Sequence[Cluster]) -> LeftOutGroups:
    """Use a fixed number of queries, and a few more for each token that does not fit."""
    if not clusters:
        return LeftOutGroups([], complete=True)
    ids = _with_longest_lists(memberships)
    users, groups = User.objects.in_bulk(ids[:MOST_PEOPLE]), groups_by_user(ids[:MOST_PEOPLE])
    longest = max(clusters, key=lambda cluster: len(str(cluster.as_audience().aud)))
    large = [user for user in users.values() if _exceeds(user, longest, groups[user.pk], groups[user.pk])]
    pairs = list(islice(_exceeding(large, clusters[:MOST_CLUSTERS], groups), MOST_TOKENS + 1)) if large else []
    tokens = [LeftOut(user, cluster, left_out_of(user, cluster)) for user, cluster in pairs[:MOST_TOKENS]]
    # Where the last of those looked at fits, nobody after them can be too large.
    more_people = len(ids) > MOST_PEOPLE and any(user.pk == ids[MOST_PEOPLE - 1] for user in large)
    complete = not more_people and len(pairs) <= MOST_TOKENS and (len(clusters) <= MOST_CLUSTERS or not large)
    return LeftOutGroups([one for one in tokens if one.groups], complete)


def _with_longest_lists(memberships: QuerySet[Membership]) -> list[UUID]:
    """Up to MOST_PEOPLE + 1 enabled users, those with more than MOST_GROUPS groups first, then by the names' length."""
    by_user = memberships.filter(user__enabled=True).values("user")
    lengths = by_user.annotate(
        many=Count("group", distinct=True),
        letters=Sum(Length("group__name")),
        too_many=Case(When(many__gt=MOST_GROUPS, then=Value(1)), default=Value(0)),
    )
    rows = lengths.order_by("-too_many", "-letters", "user").values_list("user", flat=True)
    return list(rows[: MOST_PEOPLE + 1])


def _exceeding(
    users: Iterable[User], clusters: Sequence[Cluster], groups: Mapping[UUID, list[str]]
) -> Iterator[tuple[User, Cluster]]:
    users = list(users)
    names = Group.objects.filter(membership__user__in=[user.pk for user in users]).values("name")
    rules = AccessRule.objects.live().filter(subject_type=SubjectType.GROUP, subject_id__in=names)
    named = named_by_cluster(rules)
    for cluster in clusters:
        here = named[EVERYWHERE] | named[cluster.pk]
        yield from ((user, cluster) for user in users if _exceeds(user, cluster, groups[user.pk], here))


def _exceeds(user: User, cluster: Cluster, groups: Iterable[str], named: Iterable[str]) -> bool:
    return predict(user, cluster, groups, named).fit is Fit.TOO_LARGE
