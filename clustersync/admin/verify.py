"""The verify-token page: paste a token, and read what the cluster would make of it. What is pasted is not kept."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.debug import sensitive_post_parameters

from accounts.admin.acting import acting
from clustersync.apiserver import Form
from clustersync.models import Cluster, Mode
from clustersync.services.configuration import facts_of
from clustersync.services.verdicts import LONGEST_TOKEN, TokenVerdict, verdict
from common.admin import ServiceAdmin

FORMS = ((Form.STRUCTURED, "an AuthenticationConfiguration"), (Form.FLAGS, "flags (--oidc-…)"))


class Unrepeated(forms.Textarea):
    """A token is as good as a password, and goes no further than the answer to it."""

    def format_value(self, value: Any) -> None:
        return None


class VerifyForm(forms.Form):
    token = forms.CharField(
        max_length=LONGEST_TOKEN,
        widget=Unrepeated(
            attrs={"rows": 7, "class": "vLargeTextField pasted", "spellcheck": "false", "autocomplete": "off"}
        ),
        help_text="A JWT, or an opaque token of the account page.",
    )
    told_by = forms.ChoiceField(label="It verifies by", choices=FORMS, help_text="As its API server was told.")

    def __init__(self, cluster: Cluster, data: Any = None) -> None:
        super().__init__(data, initial={"told_by": facts_of(cluster).usual_form})
        if cluster.mode == Mode.WEBHOOK:
            del self.fields["told_by"]


def urls(clusters: ServiceAdmin[Cluster]) -> list[URLPattern]:
    @sensitive_post_parameters("token")
    def view(request: HttpRequest, uuid: UUID) -> HttpResponse:
        return _page(clusters, request, uuid)

    guarded = clusters.admin_site.admin_view(view)
    return [path("<uuid:uuid>/verify-token/", guarded, name="clustersync_cluster_verify_token")]


def _page(clusters: ServiceAdmin[Cluster], request: HttpRequest, uuid: UUID) -> HttpResponse:
    cluster = clusters.get_object(request, str(uuid))
    if cluster is None or not clusters.has_view_permission(request, cluster):
        raise Http404
    form = VerifyForm(cluster, request.POST if request.method == "POST" else None)
    reached = _reached(request, cluster, form) if form.is_valid() else None
    context: dict[str, Any] = {
        **clusters.admin_site.each_context(request),
        "opts": clusters.model._meta,
        "title": f"Verify a token: {cluster}",
        "cluster": cluster,
        "reached": reached,
        "form": form,
    }
    response = TemplateResponse(request, "admin/clustersync/verify_token.html", context)
    response["Cache-Control"] = "no-store"
    return response


def _reached(request: HttpRequest, cluster: Cluster, form: VerifyForm) -> TokenVerdict:
    given = form.cleaned_data
    told_by = Form(given["told_by"]) if "told_by" in given else None
    return verdict(actor=acting(request), cluster=cluster, token=given["token"], form=told_by)
