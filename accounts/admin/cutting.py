"""The page that cuts a person's access, and its report, which the audit log keeps."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.models import User
from accounts.ports.cut_off import cut_off_in_clusters
from accounts.services.cutting import ACTION, cut_access
from audit.models import Event
from common.errors import DomainError
from common.translating import translated
from common.wording import Wording


class CutForm(forms.Form):
    disable = forms.BooleanField(
        label=gettext_lazy("Disable the user, who can't sign in again then"), required=False, initial=True
    )
    applications = forms.BooleanField(
        label=gettext_lazy("Disable the applications that they registered, and delete their initial access tokens"),
        required=False,
    )


def urls(page: "ModelAdmin[User]") -> list[URLPattern]:
    def cut(request: HttpRequest, pk: str) -> HttpResponse:
        return _cut(page, request, pk)

    def report(request: HttpRequest, pk: str, event_id: int) -> HttpResponse:
        return _report(page, request, pk, event_id)

    wrap = page.admin_site.admin_view
    return [
        path("<uuid:pk>/cut-access/", wrap(cut), name="accounts_user_cut_access"),
        path("<uuid:pk>/cut-access/<int:event_id>/", wrap(report), name="accounts_user_cut_report"),
    ]


def _cut(page: "ModelAdmin[User]", request: HttpRequest, pk: str) -> HttpResponse:
    user = page.get_queryset(request).filter(pk=pk).first()
    if user is None:
        raise Http404
    if not page.has_change_permission(request, user):
        raise PermissionDenied
    form = CutForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            done = cut_access(actor=acting(request), user=user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, translated(refusal.message))
        else:
            return redirect("admin:accounts_user_cut_report", user.pk, done.event_id)
    context = {
        "title": gettext("Cut access of %(user)s now") % {"user": user},
        "user_shown": user,
        "form": form,
        "also": cut_off_in_clusters(),
    }
    return _shown(page, request, "admin/accounts/cut_access.html", context)


def _report(page: "ModelAdmin[User]", request: HttpRequest, pk: str, event_id: int) -> HttpResponse:
    """For whoever reads the audit log, and whoever did it."""
    event = Event.objects.filter(pk=event_id, action=ACTION, entity_id=str(pk)).first()
    if event is None:
        raise Http404
    reader = acting(request)
    if event.subject_id != str(reader.pk) and not reader.has_perm("events-history.read"):
        raise PermissionDenied
    told: dict[str, Any] = event.metadata
    lives_on = [
        {**one, **_translatable(one), "until": one["until"] and datetime.fromisoformat(one["until"])}
        for one in told["lives_on"]
    ]
    context = {
        "title": gettext("Access of %(entity_name)s was cut") % {"entity_name": event.entity_name},
        "event": event,
        "told": told,
        "lives_on": lives_on,
    }
    return _shown(page, request, "admin/accounts/cut_report.html", context)


def _translatable(one: dict[str, Any]) -> dict[str, Wording]:
    """Return its texts with their values; none of a report by an earlier version."""
    return {name: Wording.from_json(kept) for name, kept in one.get("wordings", {}).items()}


def _shown(page: "ModelAdmin[User]", request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**page.admin_site.each_context(request), "opts": page.opts, **context})
