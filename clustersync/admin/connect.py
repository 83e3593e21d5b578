"""The page that says what a cluster's API server must be told, and hands it out as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.cache import get_conditional_response
from django.utils.text import slugify
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from accounts.returning import part_of
from clustersync.apiserver import Snippet
from clustersync.models import Cluster, CredentialKind
from clustersync.services.configuration import PLACEHOLDER, Configuration, Download, configuration_of
from clustersync.services.credentials import overlap_ends_at
from clustersync.services.progress import progress_of
from common.admin import ServiceAdmin, ShownOnce
from common.admin_forms import ModelAdmin
from common.downloads import attached, inlined
from common.hashes import sha256_of


class Block(NamedTuple):
    """A text to copy or download: `id` is the element's, `path` the file that it goes to, `mode` as chmod takes it."""

    id: str
    path: str
    text: str
    file_name: str
    address: str
    mode: str = ""


class Way(NamedTuple):
    """One way to configure a distribution's API server; `own` is None where there is nothing to write."""

    snippet: Snippet
    own: Block | None
    beside: Sequence[Block]


class Distribution(NamedTuple):
    key: str
    name: str
    ways: Sequence[Way]


def urls(clusters: ServiceAdmin[Cluster]) -> list[URLPattern]:
    @require_safe
    def page(request: HttpRequest, uuid: UUID) -> HttpResponse:
        return connect_page(clusters, request, _cluster(clusters, request, uuid), PLACEHOLDER)

    @part_of("admin:clustersync_cluster_connect", "uuid")
    @require_safe
    def progress(request: HttpRequest, uuid: UUID) -> HttpResponse:
        return _progress(request, _cluster(clusters, request, uuid))

    @part_of("admin:clustersync_cluster_connect", "uuid")
    @require_safe
    def file(request: HttpRequest, uuid: UUID, name: str) -> HttpResponse:
        return _file(_cluster(clusters, request, uuid), name)

    guarded = clusters.admin_site.admin_view
    return [
        path("<uuid:uuid>/connect/", guarded(page), name="clustersync_cluster_connect"),
        path("<uuid:uuid>/connect/progress", guarded(progress), name="clustersync_cluster_progress"),
        path("<uuid:uuid>/connect/<str:name>", guarded(file), name="clustersync_cluster_file"),
    ]


def connect_page(clusters: ModelAdmin[Any], request: HttpRequest, cluster: Cluster, token: str) -> HttpResponse:
    """With the webhook token in its place this once, right after it was made."""
    configuration = configuration_of(cluster, token=token)
    addresses = {download.name: _address(cluster, download, token) for download in configuration.downloads}
    context = {
        **clusters.admin_site.each_context(request),
        "title": gettext("Connect the API server of %(name)s") % {"name": cluster.scope.name},
        "opts": clusters.opts,
        "cluster": cluster,
        "configuration": configuration,
        "progress": progress_of(cluster),
        "has_token": token != PLACEHOLDER,
        "old_token_ends_at": overlap_ends_at(cluster, CredentialKind.WEBHOOK) if token != PLACEHOLDER else None,
        "distributions": _distributions(configuration, addresses),
        "by_hand": _by_hand(configuration, addresses),
        "versions": _versions(configuration, addresses),
        "chosen": request.GET.get("distribution", ""),
    }
    response = TemplateResponse(request, "admin/clustersync/connect.html", context)
    response["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True)
class ConfigurationWithToken(ShownOnce):
    """A webhook token that was just made, in its place in the configuration."""

    cluster: Cluster
    token: str

    def page(self, admin: ModelAdmin[Any], request: HttpRequest) -> HttpResponse:
        return connect_page(admin, request, self.cluster, self.token)


def _distributions(configuration: Configuration, addresses: Mapping[str, str]) -> list[Distribution]:
    """Return each distribution's ways to configure its API server, in the order in which they are offered."""
    ways: dict[str, list[Way]] = {}
    for snippet in configuration.snippets:
        beside = [
            Block(f"{snippet.name}-{number}", file.path, file.text, file.name, addresses[file.name], file.mode)
            for number, file in enumerate(snippet.files)
        ]
        name = snippet.file_name
        own = Block(snippet.name, snippet.path, snippet.text, name, addresses[name]) if snippet.text else None
        ways.setdefault(snippet.distribution, []).append(Way(snippet, own, beside))
    return [Distribution(slugify(name), name, found) for name, found in ways.items()]


def _by_hand(configuration: Configuration, addresses: Mapping[str, str]) -> dict[str, Block]:
    """Return what any other kube-apiserver is told, by the template's own names."""
    texts = {download.name: download.text for download in configuration.downloads}
    files = {
        "webhook_file": ("webhook-file", "webhook.json"),
        "webhook_flags": ("webhook-flags", "webhook-flags.txt"),
        "oidc_flags": ("oidc-flags", "oidc-flags.txt"),
        "authority": ("authority", "ca.crt"),
    }
    return {
        key: Block(id, name, texts[name], name, addresses[name]) for key, (id, name) in files.items() if name in texts
    }


def _versions(configuration: Configuration, addresses: Mapping[str, str]) -> list[tuple[str, Block]]:
    """Return the AuthenticationConfiguration of each version of its API."""
    return [
        (version, Block(version, name, text, name, addresses[name]))
        for version, text in configuration.authentication_configuration.items()
        for name in (f"authentication-{version}.yaml",)
    ]


def _progress(request: HttpRequest, cluster: Cluster) -> HttpResponse:
    """Answer with the steps alone, for the page that asks again; 304 while nothing changed (RFC 9110, 13.1.2)."""
    response = TemplateResponse(
        request, "admin/clustersync/_progress.html", {"progress": progress_of(cluster), "cluster": cluster}
    ).render()
    etag = f'"{sha256_of(response.content.decode())}"'
    response["ETag"], response["Cache-Control"] = etag, "no-store"
    return get_conditional_response(request, etag=etag, response=response) or response


def _address(cluster: Cluster, download: Download, token: str) -> str:
    """Return a data: address of a file that holds the token: no address of ours answers it a second time."""
    if token == PLACEHOLDER or token not in download.text:
        return reverse("admin:clustersync_cluster_file", args=(cluster.pk, download.name))
    return inlined(download.text)


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
