"""Return what a cluster's API server must be told, whole or as single files, and what people's kubectl must be told."""

from typing import Any, ClassVar

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clustersync import apiserver
from clustersync.api.clusters import cluster_named
from clustersync.kubeconfigs import KubeconfigForm
from clustersync.services.configuration import configuration_of
from clustersync.services.kubeconfigs import kubeconfig_for
from common.api import Needs, Requires, caller, refusals
from common.downloads import attached
from common.errors import NotFound
from common.unknown_names import KnownFields

YAML_BODY = {(200, "application/yaml"): OpenApiTypes.STR}


class ConfigurationQuery(KnownFields):
    oidc = serializers.ChoiceField(
        [form.value for form in apiserver.AuthenticationForm],
        required=False,
        help_text="How it is told to verify by itself. kube-apiserver refuses to start with both.",
    )


class KubeconfigAsked(KnownFields):
    form = serializers.ChoiceField([form.value for form in KubeconfigForm], default=KubeconfigForm.EXEC.value)


class FileOut(serializers.Serializer[object]):
    path = serializers.CharField()
    mode = serializers.CharField()
    text = serializers.CharField()


class SnippetOut(serializers.Serializer[object]):
    name = serializers.CharField()
    distribution = serializers.CharField()
    title = serializers.CharField()
    path = serializers.CharField(help_text="Where the text goes.")
    text = serializers.CharField()
    restarts = serializers.CharField(help_text="What restarts, and how.")
    note = serializers.CharField()
    files = FileOut(many=True, help_text="What lies beside it before anything restarts.")


class ConfigOut(serializers.Serializer[object]):
    mode = serializers.CharField(source="facts.mode")
    oidc = serializers.CharField(source="form", help_text="The form in which arguments, files and snippets are.")
    issuer = serializers.CharField(source="facts.issuer")
    discoveryUrl = serializers.CharField(source="facts.discovery_url")
    audiences = serializers.ListField(source="facts.audiences", child=serializers.CharField())
    tokenSeconds = serializers.IntegerField(source="facts.token_seconds")
    webhookCacheSeconds = serializers.IntegerField(source="facts.cache_seconds")
    oidcFlags = serializers.ListField(source="oidc_flags", child=serializers.CharField())
    authenticationFlags = serializers.ListField(source="structured_flags", child=serializers.CharField())
    authenticationConfiguration = serializers.DictField(
        source="authentication_configuration", child=serializers.CharField(), help_text="By version of its API."
    )
    webhookFlags = serializers.ListField(source="webhook_flags", child=serializers.CharField())
    webhookFile = serializers.CharField(source="webhook_file")
    webhookKubeconfig = serializers.CharField(source="webhook_kubeconfig")
    arguments = serializers.ListField(child=serializers.CharField(), help_text="All that its mode asks for.")
    files = FileOut(many=True)
    snippets = SnippetOut(many=True)
    downloads = serializers.SerializerMethodField()

    def get_downloads(self, configuration: Any) -> list[str]:
        return [download.name for download in configuration.downloads]


class ClusterConfig(APIView):
    """Return what this cluster's kube-apiserver must be told."""

    requires: ClassVar[Requires] = {"GET": Needs("cluster", "read")}

    @extend_schema(parameters=[ConfigurationQuery], responses={200: ConfigOut, **refusals(400, 401, 403, 404)})
    def get(self, request: Request, uuid: Any) -> Response:
        return Response(ConfigOut(_configuration(request, uuid)).data)


class ClusterConfigFile(APIView):
    requires: ClassVar[Requires] = {"GET": Needs("cluster", "read")}

    @extend_schema(
        operation_id="api_v1_clusters_config_file_retrieve",
        parameters=[ConfigurationQuery, OpenApiParameter("file", str, "path", description="One of downloads.")],
        responses={**YAML_BODY, **refusals(400, 401, 403, 404)},
    )
    def get(self, request: Request, uuid: Any, file: str) -> HttpResponse:
        configuration = _configuration(request, uuid)
        for download in configuration.downloads:
            if download.name == file:
                return attached(f"{configuration.facts.name}-{file}", download.text)
        raise NotFound("not_found", "There is no such file. `downloads` of the configuration names them.")


class ClusterKubeconfig(APIView):
    """For the caller's kubectl. Nothing is issued by it."""

    requires: ClassVar[Requires] = {"GET": Needs("cluster", "read")}

    @extend_schema(parameters=[KubeconfigAsked], responses={**YAML_BODY, **refusals(400, 401, 403, 404, 409)})
    def get(self, request: Request, uuid: Any) -> HttpResponse:
        cluster = cluster_named(request, uuid)
        text = kubeconfig_for(caller(request), [cluster], form_asked(request))
        return attached(f"{cluster.scope.name}-kubeconfig.yaml", text)


def form_asked(request: Request) -> KubeconfigForm:
    asked = KubeconfigAsked(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    return KubeconfigForm(asked.validated_data["form"])


def _configuration(request: Request, uuid: Any) -> Any:
    asked = ConfigurationQuery(data=request.query_params.dict())
    asked.is_valid(raise_exception=True)
    form = asked.validated_data.get("oidc")
    return configuration_of(cluster_named(request, uuid), form=apiserver.AuthenticationForm(form) if form else None)
