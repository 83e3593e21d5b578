"""The page that says what a cluster's API server must be told, and hands it out as files."""

import base64
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from accounts.returning import part_of
from clustersync.models import Cluster
from clustersync.services.configuration import PLACEHOLDER, Download, configuration_of
from clustersync.services.progress import progress_of
from common.admin import ServiceAdmin
from common.downloads import attached


def urls(clusters: ServiceAdmin[Cluster]) -> list[URLPattern]:
    @require_safe
    def page(request: HttpRequest, uuid: UUID) -> HttpResponse:
        return connect_page(clusters, request, _cluster(clusters, request, uuid), PLACEHOLDER)

    @part_of("admin:clustersync_cluster_connect", "uuid")
    @require_safe
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
    addresses = {download.name: _address(cluster, download, token) for download in configuration.downloads}
    context = {
        **clusters.admin_site.each_context(request),
        "title": f"Connect the API server of {cluster.scope.name}",
        "opts": clusters.opts,
        "cluster": cluster,
        "configuration": configuration,
        "steps": progress_of(cluster),
        "has_token": token != PLACEHOLDER,
        "webhook_address": addresses["webhook.json"],
        "snippets": [(snippet, addresses[snippet.file_name]) for snippet in configuration.snippets],
    }
    response = TemplateResponse(request, "admin/clustersync/connect.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _address(cluster: Cluster, download: Download, token: str) -> str:
    """Of a file that holds the token, within the page itself: no address of ours answers it a second time."""
    if token == PLACEHOLDER or token not in download.text:
        return reverse("admin:clustersync_cluster_file", args=(cluster.pk, download.name))
    return f"data:application/octet-stream;base64,{base64.b64encode(download.text.encode()).decode()}"


def _file(cluster: Cluster, name: str) -> HttpResponse:
    for download in configuration_of(cluster).downloads:
        if download.name == name:
            response = attached(f"{cluster.scope.name}-{name}", download.text)
            response["Cache-Control"] = "no-store"
            return response
    raise Http404


def _cluster(clusters: ServiceAdmin[Cluster], request: HttpRequest, uuid: Any) -> Cluster:
    cluster = clusters.get_object(request, str(uuid))
    if cluster is None or not clusters.has_view_permission(request, cluster):
        raise Http404
    return cluster
