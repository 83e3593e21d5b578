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
from clustersync.services.kubeconfigs import kubeconfig_of_all
from clustersync.services.reached import clusters_reached_by, namespaces_of
from common.api import SIGNED_IN, Requires, caller, refusals
from common.downloads import attached


class MyCluster(serializers.Serializer[Cluster]):
    uuid = serializers.CharField()
    name = serializers.CharField(source="scope.name")
    apiUrl = serializers.CharField(source="api_url")
    certificateAuthority = serializers.CharField(source="api_ca")
    audience = serializers.CharField(help_text="What a token for it is asked for with, as `resource` or `audience`.")
    mode = serializers.CharField()
    namespace = serializers.SerializerMethodField(
        help_text="That of the caller's project there, if their rules are for just one; otherwise empty."
    )
    tokenSeconds = serializers.SerializerMethodField()
    sharedSince = serializers.DateTimeField(
        source="shared_since",
        allow_null=True,
        help_text="Since when its tokens are good in every cluster with the platform's flags; null: they are not.",
    )

    def get_namespace(self, cluster: Cluster) -> str:
        return str(self.context["namespaces"].get(str(cluster.pk), ""))

    def get_tokenSeconds(self, cluster: Cluster) -> int:
        return int(cluster.tokens_live.total_seconds())


class MyClustersOut(serializers.Serializer[object]):
    clusters = MyCluster(many=True)


class MyClusters(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(responses={200: MyClustersOut, **refusals(401)})
    def get(self, request: Request) -> Response:
        """Those that an access rule reaches and that are enabled: where a token is issued for them."""
        principal = caller(request)
        told = {"namespaces": namespaces_of(principal)}
        return Response(MyClustersOut({"clusters": clusters_reached_by(principal)}, context=told).data)


class MyKubeconfig(APIView):
    requires: ClassVar[Requires] = SIGNED_IN

    @extend_schema(parameters=[KubeconfigAsked], responses={**YAML_BODY, **refusals(400, 401, 404, 409)})
    def get(self, request: Request) -> HttpResponse:
        """All of them that have an address, in one file; the others are named in a remark on top."""
        return attached("kubeconfig.yaml", kubeconfig_of_all(caller(request), form_asked(request)))
