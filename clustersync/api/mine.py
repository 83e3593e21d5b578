"""The clusters that the caller may sign in to, whoever they are."""

from typing import ClassVar

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clustersync.api.configuration import YAML_BODY, KubeconfigAsked, form_asked
from clustersync.models import Cluster
from clustersync.services.kubeconfigs import kubeconfig_for
from clustersync.services.reached import clusters_reached_by
from common.api import SIGNED_IN, Requires, caller, refusals
from common.downloads import attached
from common.errors import NotFound


class MyCluster(serializers.Serializer[Cluster]):
    uuid = serializers.CharField()
    name = serializers.CharField(source="scope.name")
    apiUrl = serializers.CharField(source="api_url")
    certificateAuthority = serializers.CharField(source="api_ca")
    audience = serializers.CharField(help_text="What a token for it is asked for with, as `resource` or `audience`.")
    mode = serializers.CharField()
    tokenSeconds = serializers.SerializerMethodField()
    sharedSince = serializers.DateTimeField(
        source="shared_since",
        allow_null=True,
        help_text="Since when its tokens are good in every cluster with the platform's flags; null: they are not.",
    )

    def get_tokenSeconds(self, cluster: Cluster) -> int:
        return int(cluster.tokens_live.total_seconds())


class MyClustersOut(serializers.Serializer[object]):
    clusters = MyCluster(many=True)


class MyClusters(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(responses={200: MyClustersOut, **refusals(401)})
    def get(self, request: Request) -> Response:
        """Those that an access rule reaches and that are enabled: where a token is issued for them."""
        return Response(MyClustersOut({"clusters": clusters_reached_by(caller(request))}).data)


class MyKubeconfig(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(parameters=[KubeconfigAsked], responses={**YAML_BODY, **refusals(400, 401, 404, 409)})
    def get(self, request: Request) -> HttpResponse:
        """All of them that have an address, in one file."""
        form = form_asked(request)
        mine = [cluster for cluster in clusters_reached_by(caller(request)) if cluster.api_url]
        if not mine:
            raise NotFound(
                "no_clusters",
                "No access rule gives you anything in a cluster whose address is known. An administrator gives you a"
                " role there, or enters the address of its API server on the cluster's page.",
            )
        return attached("kubeconfig.yaml", kubeconfig_for(caller(request), mine, form))
