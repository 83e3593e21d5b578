from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from access.adapters.ending import within
from access.admin import here
from access.admin.picking import questions_about
from access.models import PARENT_TYPE, Department, Project, Scope, ScopeType
from access.services import create_scope, delete_scope, permitted, visible_scopes
from accounts.admin.acting import acting
from common.admin_forms import M
from common.dossier import DossierAdmin, Tab
from common.translating import translated

# What a form that chooses a scope is asking for: the right to make something there.
CHOSEN_FOR: dict[str, tuple[str, list[str]]] = {
    "department": ("department", [ScopeType.CLUSTER]),
    "project": ("project", [ScopeType.DEPARTMENT]),
}


def to_choose_from(request: HttpRequest, model_name: str) -> QuerySet[Scope]:
    resource_type, types = CHOSEN_FOR[model_name]
    return permitted(acting(request), "create", resource_type).filter(type__in=types)


class TreeAdmin(DossierAdmin[M]):
    """A page of nodes of the tree. They are made and deleted, never edited."""

    def tabs(self) -> tuple[Tab, ...]:
        return here.TABS

    def told(self, obj: M) -> str:
        scope: Any = obj
        return f"{translated(scope.get_type_display())} {scope.full_name}"

    list_select_related = ("parent__parent__parent",)
    search_fields = ("name",)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def links_of(self, obj: M) -> list[tuple[str, str]]:
        return questions_about(scope=str(obj.pk))

    @admin.display(description=gettext_lazy("where"), ordering="path")
    def where(self, scope: Any) -> str:
        return str(scope.full_name)


@admin.register(Scope)
class ScopeAdmin(TreeAdmin[Scope]):
    """The whole tree as far as this person may see it; other forms choose their scope here."""

    resource_type = "tenant"
    when_empty = gettext_lazy(
        "No part of the tree is visible to you. Clusters, departments and projects appear here when they are made."
    )
    list_display = ("name", "type", "where", "created_at")
    sortable_by = ("name", "where")
    list_filter = ("type",)
    autocomplete_fields = ("parent",)  # for the page that asks why, which has no page of its own here
    ordering = ("path",)
    fields = ("name", "type", "where", "id", "created_by", "created_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Scope | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Scope]:
        return visible_scopes(acting(request)).order_by("path")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Scope], search_term: str
    ) -> tuple[QuerySet[Scope], bool]:
        found, duplicates = super().get_search_results(request, queryset, search_term)
        asking = request.GET.get("model_name", "")
        if asking in CHOSEN_FOR:
            found = found & to_choose_from(request, asking)
        return found, duplicates


class BranchAdmin(TreeAdmin[M]):
    """Departments, or projects."""

    scope_type: ScopeType
    list_display = ("name", "where", "created_by", "created_at")
    sortable_by = ("name", "where", "created_at")
    autocomplete_fields = ("parent",)
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        readable = permitted(acting(request), "read", self.scope_type)
        return super().get_queryset(request).filter(type=self.scope_type, pk__in=readable.values("pk"))

    def get_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return ("name", "where", "id", "created_by", "created_at") if obj else ("name", "parent")

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = to_choose_from(request, self.scope_type.value)
        kwargs["label"] = PARENT_TYPE[self.scope_type].label
        kwargs["required"] = True
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        made = create_scope(
            actor=acting(request), type_=self.scope_type, name=form.cleaned_data["name"], parent=obj.parent
        )
        obj.pk = made.pk

    def deletion_takes(self, request: HttpRequest, obj: M) -> list[str]:
        return within(Scope.objects.get(pk=obj.pk), reader=acting(request))

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        delete_scope(actor=acting(request), scope=Scope.objects.get(pk=obj.pk))


@admin.register(Department)
class DepartmentAdmin(BranchAdmin[Department]):
    resource_type = "department"
    when_empty = gettext_lazy(
        "No department yet. It is a part of the organisation with its share of a cluster: "
        "register a cluster first, then add one in it."
    )
    scope_type = ScopeType.DEPARTMENT


@admin.register(Project)
class ProjectAdmin(BranchAdmin[Project]):
    resource_type = "project"
    when_empty = gettext_lazy(
        "No project yet. Researchers work in projects, each of which is a namespace in a "
        "cluster: add a department first, then a project in it."
    )
    scope_type = ScopeType.PROJECT
