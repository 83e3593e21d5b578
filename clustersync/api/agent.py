from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from clustersync.api.clusters import cluster_named
from clustersync.rbac.desired import Manifest
from clustersync.services.agents import agent_manifests, cluster_role_manifests
from clustersync.yaml_for_go import as_documents
from common.api import Needs, Requires, caller, refusals
from common.downloads import attached
from common.fields import Text
from common.unknown_names import KnownFields

IMAGE_PLACEHOLDER = "runai-identity:latest"


class AgentAsked(KnownFields):
    image = Text(max_length=300, default=IMAGE_PLACEHOLDER, help_text="The server's image, where the cluster pulls it.")
    admissionPolicy = serializers.BooleanField(
        default=True,
        help_text="Hold the agent to the namespaces of projects by an admission policy, which takes Kubernetes 1.30."
        " Without one it may bind in the namespaces of today's projects alone: apply its manifest again for a new one.",
    )


class ClusterAgent(APIView):
    """The agent for this cluster as manifests to apply; its token is made apart, and goes into a Secret beside them."""

    requires: ClassVar[Requires] = {"GET": Needs("cluster", "read")}

    @extend_schema(
        parameters=[AgentAsked],
        responses={(200, "application/yaml"): OpenApiTypes.STR, **refusals(400, 401, 403, 404)},
    )
    def get(self, request: Request, uuid: Any) -> HttpResponse:
        asked = AgentAsked(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        cluster = cluster_named(request, uuid)
        made = agent_manifests(
            actor=caller(request),
            cluster=cluster,
            image=asked.validated_data["image"],
            admission_policy=asked.validated_data["admissionPolicy"],
        )
        return _to_download(made, f"runai-identity-agent-{cluster.slug}.yaml")


class ClusterRoles(APIView):
    """The cluster roles that bindings of ours name, which are in the agent's manifest too."""

    requires: ClassVar[Requires] = {"GET": Needs("cluster", "read")}

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.STR, **refusals(401, 403, 404)})
    def get(self, request: Request, uuid: Any) -> HttpResponse:
        cluster = cluster_named(request, uuid)
        return _to_download(cluster_role_manifests(cluster), f"runai-identity-cluster-roles-{cluster.slug}.yaml")


def _to_download(manifests: list[Manifest], name: str) -> HttpResponse:
    return attached(name, as_documents(manifests))
