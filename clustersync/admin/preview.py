"""Preview what a person's token for an application or a cluster would say now."""

import json
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.models import Group, User
from accounts.names import LONGEST_EMAIL
from accounts.ports.authority import authority
from clustersync.models import Cluster
from clustersync.services.clusters import visible_clusters
from common.admin import ServiceAdmin
from tokens.models import Application
from tokens.services.applications import visible_applications
from tokens.services.clients import COMMAND_LINE
from tokens.services.preview import Preview, preview

MOST_OFFERED = 200

# Why the gate would refuse, for the administrator; any other reason is shown as its code.
WHY = {
    "user_disabled": gettext_lazy("The user is disabled."),
    "must_change_password": gettext_lazy("The user must choose another password first."),
    "second_factor_missing": gettext_lazy("The user must set up a second factor first."),
    "second_factor_due": gettext_lazy("The user must set up a second factor first."),
    "application_disabled": gettext_lazy("The application is disabled."),
    "unauthorized_client": gettext_lazy("The application is not registered for what people sign in by."),
    "cluster_disabled": gettext_lazy("The cluster is disabled."),
    "no_rule_reaches_cluster": gettext_lazy("No access rule gives the user anything in this cluster."),
    "invalid_target": gettext_lazy("The application may not ask for tokens for this audience."),
}


class PreviewForm(forms.Form):
    person = forms.CharField(
        label=gettext_lazy("Whose token"),
        max_length=LONGEST_EMAIL,
        help_text=gettext_lazy("The e-mail of a user whom you may see."),
    )
    target = forms.ChoiceField(label=gettext_lazy("For"))

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request.GET if request.GET.get("target") else None, initial=request.GET.dict())
        self.actor = acting(request)
        self.clusters: QuerySet[Cluster] = visible_clusters(self.actor).select_related("scope").order_by("slug")
        self.applications: QuerySet[Application] = visible_applications(self.actor).order_by("name")
        self.fields["target"].choices = [  # type: ignore[attr-defined]  # as Django documents it
            (gettext("Clusters"), [(f"cluster:{one.pk}", one.slug) for one in self.clusters[:MOST_OFFERED]]),
            (gettext("Applications"), [(f"app:{one.client_id}", str(one)) for one in self.applications[:MOST_OFFERED]]),
        ]

    def clean_person(self) -> User:
        typed = self.cleaned_data["person"].strip().lower()
        user: User | None = authority().visible_users(self.actor).filter(email=typed).first()
        if user is None:
            raise forms.ValidationError(gettext("There is no such user, or none whom you may see. Check the spelling."))
        return user

    @property
    def answer(self) -> Preview:
        kind, _, name = self.cleaned_data["target"].partition(":")
        if kind == "cluster":
            application, audience = Application.objects.get(client_id=COMMAND_LINE), self.clusters.get(pk=name).audience
        else:
            application, audience = self.applications.get(client_id=name), ""
        return preview(actor=self.actor, user=self.cleaned_data["person"], application=application, audience=audience)


def urls(clusters: ServiceAdmin[Cluster]) -> list[URLPattern]:
    return [
        path("preview-token/", clusters.admin_site.admin_view(_page_of(clusters)), name="clustersync_preview_token")
    ]


def _page_of(clusters: ServiceAdmin[Cluster]) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        if not request.user.has_perm("users.read"):
            raise PermissionDenied
        form = PreviewForm(request)
        context: dict[str, Any] = {"title": gettext("Preview a token"), "form": form, "opts": clusters.opts}
        if form.is_valid():
            context |= _told(form.actor, form.answer)
        page = {**clusters.admin_site.each_context(request), **context}
        return TemplateResponse(request, "admin/clustersync/preview_token.html", page)

    return view


def _told(actor: User, made: Preview) -> dict[str, Any]:
    """Without the groups that the reader may not read, which are counted."""
    claims = dict(made.claims)
    named = claims.get("groups")
    groups = [str(name) for name in named] if isinstance(named, list) else []
    readable = set(authority().visible_groups(actor).filter(name__in=groups).values_list("name", flat=True))
    if groups:
        claims["groups"] = [name for name in groups if name in readable]
    known = Group.objects.filter(name__in=made.left_out)
    seen = set(authority().visible_groups(actor).filter(pk__in=known).values_list("name", flat=True))
    told = {"aud": made.aud, **{name: value for name, value in claims.items() if name not in MADE_AT_SIGN_IN}}
    return {
        "made": made,
        "claims": json.dumps(told, indent=2, ensure_ascii=False),
        "hidden": len([name for name in groups if name not in readable]),
        "left_out": [name for name in made.left_out if name in seen],
        "why": WHY.get(made.refused, made.refused),
    }


MADE_AT_SIGN_IN = frozenset({"sid", "grant_id", "auth_time"})
