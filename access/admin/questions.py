"""Two pages that answer: what each role may do, and why somebody may do something or not."""

from itertools import groupby
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from access.catalog import ACTIONS, RESOURCE_TYPES, roles
from access.models import Scope, SubjectType
from access.services import permitted, why_of
from access.services.rules import subject_named
from accounts.admin.acting import acting
from common.errors import DomainError

GROUP_NAMES = {
    "organization": "Organization",
    "physical-resource": "Physical resources",
    "iam": "Users and access",
    "dashboard": "Dashboards",
    "workload": "Workloads",
    "workload-asset": "Workload assets",
}
GROUPED = [
    (GROUP_NAMES.get(group_id, group_id), list(types))
    for group_id, types in groupby(RESOURCE_TYPES.values(), key=lambda type_: type_.group_id)
]


class WhyForm(forms.Form):
    subject_type = forms.ChoiceField(label="Who", choices=SubjectType.choices)
    subject_id = forms.CharField(label="E-mail, group name or client id", max_length=254)
    action = forms.ChoiceField(label="May they", choices=[(action, action) for action in ACTIONS])
    resource_type = forms.ChoiceField(
        label="What",
        choices=[(name, [(t.name, f"{t.display_name} ({t.name})") for t in types]) for name, types in GROUPED],
    )
    scope = forms.ModelChoiceField(
        label="Where",
        queryset=Scope.objects.none(),
        widget=AutocompleteSelect(Scope._meta.get_field("parent"), admin.site),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "subject_type" in given and "subject_id" in given:
            try:
                given["subject_id"] = subject_named(given["subject_type"], given["subject_id"])
            except DomainError as refusal:
                self.add_error("subject_id", refusal.message)
        return given


def why_page(request: HttpRequest) -> HttpResponse:
    if not acting(request).has_perm("access_rules.read"):
        raise PermissionDenied
    form = WhyForm(request.GET or None)
    form.fields["scope"].queryset = permitted(acting(request), "read", "access_rules")  # type: ignore[attr-defined]
    answer = why_of(actor=acting(request), **form.cleaned_data) if form.is_valid() else None
    context = {"title": "Why may somebody …?", "form": form, "answer": answer, "media": form.media}
    return _page(request, "admin/access/why.html", context)


def roles_page(request: HttpRequest) -> HttpResponse:
    if not acting(request).has_perm("roles.read"):
        raise PermissionDenied
    shown = list(roles().values())
    groups = [
        (name, [(type_, [_letters(role.permissions.get(type_.name, ())) for role in shown]) for type_ in types])
        for name, types in GROUPED
    ]
    return _page(
        request, "admin/access/roles.html", {"title": "What each role may do", "roles": shown, "groups": groups}
    )


def _letters(actions: Any) -> str:
    return " ".join(action[0].upper() for action in ACTIONS if action in actions)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(request, template, {**admin.site.each_context(request), **context})
