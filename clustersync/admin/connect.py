"""The page that says what a cluster's API server must be told, and hands it out as files."""

import base64
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from clustersync.models import Cluster
from clustersync.services.configuration import PLACEHOLDER, Configuration, configuration_of
from clustersync.services.progress import progress_of
from common.admin import ServiceAdmin
from common.downloads import attached


def urls(clusters: ServiceAdmin[Cluster]) -> list[URLPattern]:
    def page(request: HttpRequest, uuid: UUID) -> HttpResponse:
        return connect_page(clusters, request, _cluster(clusters, request, uuid), PLACEHOLDER)

    def file(request: HttpRequest, uuid: UUID, name: str) -> HttpResponse:
        return _file(_cluster(clusters, request, uuid), name)

    guarded = clusters.admin_site.admin_view
    return [
        path("<uuid:uuid>/connect/", guarded(page), name="clustersync_cluster_connect"),
        path("<uuid:uuid>/connect/<str:name>", guarded(file), name="clustersync_cluster_file"),
    ]


def connect_page(
    clusters: ServiceAdmin[Cluster], request: HttpRequest, cluster: Cluster, token: str
) -> HttpResponse:  # fmt: skip
    """With the webhook token in its place this once, right after it was made."""
    configuration = configuration_of(cluster, token=token)
    context = {
        **clusters.admin_site.each_context(request),
        "title": f"Connect the API server of {cluster.scope.name}",
        "opts": clusters.opts,
        "cluster": cluster,
        "configuration": configuration,
        "steps": progress_of(cluster),
        "with_token": _as_address(configuration) if token != PLACEHOLDER else "",
    }
    response = TemplateResponse(request, "admin/clustersync/connect.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _as_address(configuration: Configuration) -> str:
    """The webhook's file within the page: no address of ours answers its token a second time."""
    return f"data:application/json;base64,{base64.b64encode(configuration.webhook_kubeconfig.encode()).decode()}"


def _file(cluster: Cluster, name: str) -> HttpResponse:
    for download in configuration_of(cluster).downloads:
        if download.name == name:
            return attached(f"{cluster.scope.name}-{name}", download.text)
    raise Http404


def _cluster(clusters: ServiceAdmin[Cluster], request: HttpRequest, uuid: Any) -> Cluster:
    cluster = clusters.get_object(request, str(uuid))
    if cluster is None or not clusters.has_view_permission(request, cluster):
        raise Http404
    return cluster
