"""Reckon how large people's tokens for a cluster get, before headers break on the way there."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from access.models import AccessRule, Scope, SubjectType
from access.services import permitted
from access.services.standing import groups_of, rules_of
from accounts.models import Membership, Session, User
from accounts.names import KEPT_BY_KUBERNETES
from clustersync.models import Cluster, Mode
from clustersync.services.clusters import visible_clusters
from clustersync.services.reached import EVERYWHERE, cluster_in, clusters_reached_by
from common.actors import Actor
from common.wording import Wording
from tokens.budget import BUDGET, MOST_GROUPS, Fit, fit, predicted_bytes
from tokens.claims import Claims, access_claims
from tokens.services.clients import COMMAND_LINE
from tokens.services.issue import person_of
from tokens.services.password import EVERYTHING

LARGEST = 5


class Predicted(NamedTuple):
    """A person's token for a cluster, as the command line would get it now with these groups in it."""

    user: User
    cluster: Cluster
    groups: list[str]
    bytes: int
    claims: Claims

    @property
    def fit(self) -> Fit:
        return fit(self.bytes, groups=len(self.groups))

    @property
    def in_words(self) -> str:
        """Return what an administrator has to know of it; empty while it fits."""
        if self.fit is Fit.FITS:
            return ""
        if self.fit is Fit.LARGE:
            return Wording(
                "Near the {budget} bytes that a token may have: with more groups it names not all of them.",
                budget=BUDGET,
            )
        left_out = Wording(
            "Tokens name the groups that give most here and leave out the others: they may have "
            "{budget} bytes and {most} groups.",
            budget=BUDGET,
            most=MOST_GROUPS,
        )
        if self.cluster.mode == Mode.WEBHOOK:
            return Wording("{left_out} The cluster asks us, and is told of all of them.", left_out=left_out)
        return Wording(
            "{left_out} The cluster reads them in tokens, so access by those left out does not "
            "work there: verify a token to see which.",
            left_out=left_out,
        )


def in_clusters(user: User, *, reader: Actor) -> list[Predicted]:
    """One for each cluster that they reach and the reader may see; a fixed number of queries."""
    visible = visible_clusters(reader).values("pk")
    groups, named = groups_of(user), named_by_cluster(_by_group(user))
    return [
        predict(user, cluster, groups, named[EVERYWHERE] | named[cluster.pk])
        for cluster in clusters_reached_by(user).filter(pk__in=visible)
    ]


def in_cluster(user: User, cluster: Cluster) -> Predicted:
    """Predict the user's token for the cluster, whether or not an access rule reaches it."""
    named = named_by_cluster(_by_group(user))
    return predict(user, cluster, groups_of(user), named[EVERYWHERE] | named[cluster.pk])


def largest_as_seen_by(reader: Actor, cluster: Cluster) -> list[Predicted]:
    """None for who may not read the access rules of the whole cluster, for it names who has access."""
    may = permitted(reader, "read", "access_rules").filter(pk=cluster.pk).exists()
    return largest_in(cluster) if may else []


def largest_in(cluster: Cluster) -> list[Predicted]:
    """Return the largest tokens among people in most of the groups that matter there; a fixed number of queries."""
    rules = AccessRule.objects.live().filter(scope__in=Scope.objects.reaching(cluster.scope))
    named = rules.filter(subject_type=SubjectType.GROUP).values("subject_id")
    people = rules.filter(subject_type=SubjectType.USER).values("subject_id")
    in_named, in_extra = Q(group__name__in=named), Q(group__name__in=cluster.extra_groups)
    members = Membership.objects.filter(in_named | in_extra).exclude(group__name__startswith=KEPT_BY_KUBERNETES)
    by_size = members.values("user").annotate(many=Count("pk"), lets_in=Count("pk", filter=in_named))
    who = by_size.filter(Q(lets_in__gt=0) | Q(user__email__in=people)).order_by("-many", "user")[:LARGEST]
    ids = [row["user"] for row in who]
    users, groups = User.objects.in_bulk(ids), groups_by_user(ids)
    matter = named.filter(subject_id__in={name for names in groups.values() for name in names})
    names = set(matter.values_list("subject_id", flat=True))
    return [predict(users[pk], cluster, groups[pk], names) for pk in ids]


def _by_group(user: User) -> QuerySet[AccessRule]:
    return rules_of(user).filter(subject_type=SubjectType.GROUP)


def groups_by_user(ids: list[UUID]) -> dict[UUID, list[str]]:
    groups: dict[UUID, list[str]] = defaultdict(list)
    for user_id, name in Membership.objects.filter(user__in=ids).values_list("user_id", "group__name"):
        groups[user_id].append(name)
    return groups


def named_by_cluster(rules: QuerySet[AccessRule]) -> dict[str, set[str]]:
    """Return the groups that these rules name, by cluster or EVERYWHERE."""
    rows = rules.values_list("subject_id", "scope__path").distinct()
    named: dict[str, set[str]] = defaultdict(set)
    for name, path in rows:
        named[cluster_in(path)].add(name)
    return named


def predict(user: User, cluster: Cluster, groups: Iterable[str], named: Iterable[str]) -> Predicted:
    audience = cluster.as_audience()
    told = audience.told_of(list(groups), named=list(named))
    person = person_of(Session(user=user), groups=(), authenticated_at=timezone.now())
    claims = access_claims(
        person,
        client_id=COMMAND_LINE,
        grant_id=str(UUID(int=0)),
        scope=EVERYTHING.split(),
        tenant_id=settings.TENANT_ID,
        in_cluster=True,
    )
    if told:
        claims["groups"] = told
    size = predicted_bytes(claims, issuer=settings.ISSUER, audience=audience.aud)
    return Predicted(user, cluster, told, size, claims)
