"""The doctor's page: paste what a cluster was told, and read which line is wrong. What is pasted is not kept."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin.acting import acting
from clustersync.doctor.reading import LONGEST_PASTE
from clustersync.doctor.served import VERSION, Observed
from clustersync.models import Cluster
from clustersync.services.doctor import diagnose, observe
from common.admin import ServiceAdmin
from common.errors import Invalid, NotFound


class DoctorForm(forms.Form):
    pasted = forms.CharField(
        label="What the cluster was told",
        max_length=LONGEST_PASTE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "class": "vLargeTextField pasted", "spellcheck": "false"}),
        help_text="Flags, a manifest, an AuthenticationConfiguration, the webhook's file or somebody's kubeconfig;"
        " several at once with a line of --- between them.",
    )
    version = forms.RegexField(
        VERSION,
        label="Version of Kubernetes",
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"size": 10}),
        help_text="Such as 1.34, where you know it.",
        error_messages={"invalid": "A version reads like 1.34."},
    )
    person = forms.CharField(
        label="Person",
        required=False,
        max_length=254,
        help_text="The e-mail of somebody with whose token expressions in CEL are tried. Empty: your own.",
    )
    look = forms.BooleanField(
        label="Look at our own address too",
        required=False,
        help_text="From where this server stands: discovery, keys, certificate, clocks. Takes up to four seconds.",
    )


def urls(clusters: ServiceAdmin[Cluster]) -> list[URLPattern]:
    @sensitive_post_parameters("pasted")
    def view(request: HttpRequest, uuid: UUID) -> HttpResponse:
        return _page(clusters, request, uuid)

    guarded = clusters.admin_site.admin_view(view)
    return [path("<uuid:uuid>/doctor/", guarded, name="clustersync_cluster_doctor")]


def _page(clusters: ServiceAdmin[Cluster], request: HttpRequest, uuid: UUID) -> HttpResponse:
    cluster = clusters.get_object(request, str(uuid))
    if cluster is None or not clusters.has_view_permission(request, cluster):
        raise Http404
    form = DoctorForm(request.POST if request.method == "POST" else None)
    diagnosis = _diagnosis(request, cluster, form) if form.is_valid() else None
    context: dict[str, Any] = {
        **clusters.admin_site.each_context(request),
        "opts": clusters.model._meta,
        "title": f"Doctor: {cluster}",
        "cluster": cluster,
        "diagnosis": diagnosis,
        # Empty again: what was pasted may hold secrets, and goes no further than the answer to it.
        "form": DoctorForm() if diagnosis else form,
    }
    response = TemplateResponse(request, "admin/clustersync/doctor.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _diagnosis(request: HttpRequest, cluster: Cluster, form: DoctorForm) -> Any:
    given = form.cleaned_data
    seen = (observe() if given["look"] else Observed()).of_version(given["version"])
    try:
        return diagnose(
            actor=acting(request), cluster=cluster, pasted=given["pasted"], observed=seen, person=given["person"]
        )
    except Invalid as refusal:
        form.add_error("pasted", refusal.message)
    except NotFound as refusal:
        form.add_error("person", refusal.message)
    return None
