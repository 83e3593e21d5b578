"""A cluster's desired RBAC out of the rows, and how the cluster differs from it."""

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from access.catalog import roles
from access.models import AccessRule, Scope, ScopeType, SubjectType, brought_by
from access.services import require
from access.services.standing import Missed, missed_by_users
from accounts.models import User
from clustersync.models import Cluster, UsernameClaim
from clustersync.rbac.desired import Desired, DesiredProject, Manifest, RBACFacts, ReachingRule, desired
from clustersync.rbac.diff import Differences, differences
from clustersync.rbac.live import COMMAND
from clustersync.rbac.subjects import ClusterNaming
from common.actors import Actor
from common.errors import Invalid
from common.wording import Wording


def rbac_as_seen_by(actor: Actor, cluster: Cluster) -> Desired:
    return desired(facts_as_seen_by(actor, cluster))


def differences_as_seen_by(actor: Actor, cluster: Cluster, live: Iterable[Manifest]) -> Differences:
    """Raises Invalid where `live` has no namespaces: by their labels alone a binding may stand in one."""
    wanted, live = rbac_as_seen_by(actor, cluster).objects, list(live)
    if not any(one["kind"] == "Namespace" for one in live) and any(one["kind"] == "RoleBinding" for one in wanted):
        raise Invalid(
            "bad_list", Wording("There are no namespaces in this list. Send what {command} prints.", command=COMMAND)
        )
    return differences(wanted, live, cluster=cluster.uuid)


def facts_as_seen_by(actor: Actor, cluster: Cluster) -> RBACFacts:
    """They name everybody who has access there, so they are for who reads the access rules of the whole cluster."""
    require(actor, "read", "cluster", cluster.scope)
    require(actor, "read", "access_rules", cluster.scope)
    return facts_of(cluster)


def desired_rbac(cluster: Cluster) -> Desired:
    return desired(facts_of(cluster))


def facts_of(cluster: Cluster) -> RBACFacts:
    """In two queries; three where the cluster knows people by their id. More where rules name people of a directory."""
    rules = AccessRule.objects.live().filter(scope__in=Scope.objects.reaching(cluster.scope)).order_by()
    projects = Scope.objects.below(cluster.scope).filter(type=ScopeType.PROJECT).only("name", "path").order_by()
    rows = rules.annotate(by=brought_by()).values_list(
        "pk", "subject_type", "subject_id", "role_id", "scope_id", "by", "source"
    )
    told = [(ReachingRule(*row[:5]), row[5] is not None or row[6] != "") for row in rows]
    missed = missed_by_users(rules) if any(sourced for _, sourced in told) else []
    return RBACFacts(
        cluster=cluster.uuid,
        roles=roles(),
        rules=[rule for rule, _ in told],
        projects=[DesiredProject(project.namespace, tuple(project.path.split("/"))) for project in projects],
        withheld={one.rule.pk: _withheld(one) for one in missed},
        naming=_naming(cluster, rules),
        g1=cluster.has_older_role_names,
    )


def _withheld(missed: Missed) -> str:
    return Wording("{id} is given nothing: {reason}.", id=missed.name.id, reason=missed.reason)


def _naming(cluster: Cluster, rules: QuerySet[AccessRule]) -> ClusterNaming:
    by_id = cluster.legacy_flags or cluster.username_claim == UsernameClaim.SUB
    return ClusterNaming(
        username_prefix=cluster.username_prefix,
        groups_prefix=cluster.groups_prefix,
        by_id=by_id,
        legacy=cluster.legacy_flags,
        user_ids=_ids_of_users(rules) if by_id else {},
    )


def _ids_of_users(rules: QuerySet[AccessRule]) -> Mapping[str, str]:
    named = rules.filter(subject_type=SubjectType.USER).values("subject_id")
    return {email: str(id_) for email, id_ in User.objects.filter(email__in=named).values_list("email", "pk")}
