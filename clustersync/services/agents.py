"""The agent of a cluster as manifests, with what the cluster's row says fixed in them."""

from django.conf import settings

from access.models import Scope, ScopeType
from access.namespaces import may_be_a_projects
from access.services import require
from clustersync.agent.names import NO_PREFIX
from clustersync.agent_manifest import Agent, cluster_roles, manifests
from clustersync.agent_manifest.deployment import Program
from clustersync.models import Cluster
from clustersync.rbac.desired import Manifest
from common.actors import Actor


def agent_manifests(*, actor: Actor, cluster: Cluster, image: str, admission_policy: bool) -> list[Manifest]:
    """Without the policy the agent may bind only in the namespaces of today's projects.

    All of them are named then, so it is for who may read whom the cluster lets in.
    """
    require(actor, "read", "cluster", cluster.scope)
    if not admission_policy:
        require(actor, "read", "access_rules", cluster.scope)
    program = Program(
        url=settings.PUBLIC_URL,
        cluster=cluster.uuid,
        image=image,
        username_prefix=NO_PREFIX if cluster.legacy_flags else cluster.username_prefix,
        groups_prefix=NO_PREFIX if cluster.legacy_flags else cluster.groups_prefix,
        ca=settings.PUBLIC_CA,
    )
    namespaces = None if admission_policy else _namespaces(cluster)
    return manifests(Agent(program, g1=cluster.has_older_role_names, namespaces=namespaces))


def cluster_role_manifests(cluster: Cluster) -> list[Manifest]:
    return cluster_roles(cluster.uuid, g1=cluster.has_older_role_names)


def _namespaces(cluster: Cluster) -> list[str]:
    projects = Scope.objects.below(cluster.scope).filter(type=ScopeType.PROJECT).only("name")
    return sorted({project.namespace for project in projects if may_be_a_projects(project.namespace)})
