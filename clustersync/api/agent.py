from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from clustersync.agent_manifest import manifests
from clustersync.api.clusters import cluster_named
from clustersync.rbac.manifests import to_yaml
from common.api import Needs, Requires, refusals
from common.fields import Text

TOKEN_PLACEHOLDER = "<the agent token, shown once when it was made>"  # noqa: S105  none
IMAGE_PLACEHOLDER = "runai-identity:latest"


class AgentAsked(serializers.Serializer[object]):
    image = Text(max_length=300, default=IMAGE_PLACEHOLDER, help_text="The server's image, where the cluster pulls it.")


class ClusterAgent(APIView):
    """The agent for this cluster as manifests to apply; its token is made apart from them, and goes into the Secret."""

    requires: ClassVar[Requires] = {"GET": Needs("cluster", "read")}

    @extend_schema(
        parameters=[AgentAsked],
        responses={(200, "application/yaml"): OpenApiTypes.STR, **refusals(400, 401, 403, 404)},
    )
    def get(self, request: Request, uuid: Any) -> HttpResponse:
        asked = AgentAsked(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        cluster = cluster_named(request, uuid)
        body = to_yaml(
            manifests(
                url=settings.PUBLIC_URL,
                cluster=cluster.uuid,
                image=asked.validated_data["image"],
                ca=settings.PUBLIC_CA,
                token=TOKEN_PLACEHOLDER,
            )
        )
        named = f'attachment; filename="runai-identity-agent-{cluster.slug}.yaml"'
        return HttpResponse(body, content_type="application/yaml", headers={"Content-Disposition": named})
