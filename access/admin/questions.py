"""Pages that answer: what each role may do, who may do something, and why somebody may or may not."""

from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext, gettext_lazy

from access.admin.picking import ScopeField, name_of_scope
from access.catalog import ACTIONS, RESOURCE_TYPES, Role, roles
from access.models import AccessRule, SubjectType
from access.services import permitted, who_can, why_of
from access.services.rules import subject_named
from accounts.admin.acting import acting
from common.errors import DomainError
from common.translating import translated

MOST_BESIDE = 4

GROUP_NAMES = {
    "organization": gettext_lazy("Organization"),
    "physical-resource": gettext_lazy("Physical resources"),
    "iam": gettext_lazy("Users and access"),
    "dashboard": gettext_lazy("Dashboards"),
    "workload": gettext_lazy("Workloads"),
    "workload-asset": gettext_lazy("Workload assets"),
}
GROUPED = [
    (GROUP_NAMES.get(group_id, group_id), list(types))
    for group_id, types in groupby(RESOURCE_TYPES.values(), key=lambda type_: type_.group_id)
]


class AskedForm(forms.Form):
    """An action on a resource type in a scope whose access rules the person may read."""

    action = forms.ChoiceField(
        label=gettext_lazy("May they"), choices=[(action, gettext_lazy(action)) for action in ACTIONS]
    )
    resource_type = forms.ChoiceField(
        label=gettext_lazy("What"),
        choices=[
            (name, [(t.name, format_lazy("{} ({})", gettext_lazy(t.display_name), t.name)) for t in types])
            for name, types in GROUPED
        ],
    )
    scope = ScopeField(label=gettext_lazy("Where"))

    def __init__(self, request: HttpRequest) -> None:
        """Take the question from the address; without an action it is only filled in, by a link of ours."""
        scopes = permitted(acting(request), "read", "access_rules")
        given = {**request.GET.dict(), "scope": name_of_scope(scopes, request.GET.get("scope", ""))}
        super().__init__(given if "action" in given else None, initial=given)
        self.fields["scope"].offer(scopes)  # type: ignore[attr-defined]


class WhyForm(AskedForm):
    subject_type = forms.ChoiceField(
        label=gettext_lazy("Who"), choices=[(value, gettext_lazy(str(label))) for value, label in SubjectType.choices]
    )
    subject_id = forms.CharField(label=gettext_lazy("E-mail, group name or client id"), max_length=254)
    field_order = ("subject_type", "subject_id", "action", "resource_type", "scope")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "subject_type" in given and "subject_id" in given:
            try:
                given["subject_id"] = subject_named(given["subject_type"], given["subject_id"])
            except DomainError as refusal:
                self.add_error("subject_id", translated(refusal.message))
        return given


class WhoCanForm(AskedForm):
    after = forms.RegexField(r"^(user|app):", max_length=260, required=False, widget=forms.HiddenInput)

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.fields["action"].label = gettext("Who can")


def why_page(request: HttpRequest) -> HttpResponse:
    if not acting(request).has_perm("access_rules.read"):
        raise PermissionDenied
    form = WhyForm(request)
    answer = why_of(actor=acting(request), **form.cleaned_data) if form.is_valid() else None
    return _page(request, "admin/access/why.html", {"title": gettext("Check access"), "form": form, "answer": answer})


def who_can_page(request: HttpRequest) -> HttpResponse:
    if not acting(request).has_perm("access_rules.read"):
        raise PermissionDenied
    form = WhoCanForm(request)
    context: dict[str, Any] = {"title": gettext("Who can …?"), "form": form}
    if form.is_valid():
        page = who_can(actor=acting(request), **form.cleaned_data)
        question = {**request.GET.dict(), "after": page.after}
        context |= {"page": page, "next": urlencode(question) if page.after else ""}
    return _page(request, "admin/access/who_can.html", context)


def roles_page(request: HttpRequest) -> HttpResponse:
    if not acting(request).has_perm("roles.read"):
        raise PermissionDenied
    wanted = {one for one in request.GET.getlist("role") if one.isascii()}
    chosen = [role for role in roles().values() if str(role.id) in wanted][:MOST_BESIDE]
    groups = [
        (name, [_compared(type_, chosen) for type_ in types if any(type_.name in role.permissions for role in chosen)])
        for name, types in GROUPED
    ]
    told = {
        "title": gettext("What each role may do"),
        "roles": roles().values(),
        "chosen": chosen,
        "groups": [(name, rows) for name, rows in groups if rows],
        "most": MOST_BESIDE,
    }
    return _page(request, "admin/access/roles.html", told)


def _compared(type_: Any, chosen: list[Role]) -> tuple[Any, list[str], bool]:
    """Return a resource type, what each role may do with it, and whether they differ."""
    cells = [_words(role.permissions.get(type_.name, ())) for role in chosen]
    return type_, cells, len(set(cells)) > 1


def _words(actions: Any) -> str:
    if set(actions) == set(ACTIONS):
        return gettext("everything")
    return ", ".join(gettext(one) for one in ACTIONS if one in actions)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    return TemplateResponse(
        request, template, {**admin.site.each_context(request), "opts": AccessRule._meta, **context}
    )
