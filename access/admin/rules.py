from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path

from access.admin.questions import roles_page, why_page
from access.catalog import ROLES
from access.models import AccessRule
from access.services import grant_access, permitted, readable_rules, revoke_access
from access.statuses import rule_statuses
from accounts.admin.acting import acting
from common.admin import ServiceAdmin

ROLE_CHOICES = [(role.id, role.name) for role in ROLES.values()]

# As the platform's own pages say it.
SAID_OF_PHASE = {
    "Creating": "Creating…",
    "Ready": "No issues found",
    "NotReady": "Issues found",
    "Deleting": "Deleting…",
}


class AccessRuleForm(forms.ModelForm[AccessRule]):
    role_id = forms.TypedChoiceField(label="Role", choices=[("", "---------"), *ROLE_CHOICES], coerce=int)

    class Meta:
        model = AccessRule
        fields = ("subject_type", "subject_id", "role_id", "scope")


class RoleFilter(admin.SimpleListFilter):
    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(id_), name) for id_, name in ROLE_CHOICES]

    def queryset(self, request: HttpRequest, rules: QuerySet[AccessRule]) -> QuerySet[AccessRule]:
        wanted = self.value()
        return rules.filter(role_id=wanted) if wanted in dict(self.lookup_choices) else rules


@admin.register(AccessRule)
class AccessRuleAdmin(ServiceAdmin[AccessRule]):
    """Who has which role where. A rule is made and deleted, never edited."""

    resource_type = "access_rules"
    form = AccessRuleForm
    change_list_template = "admin/access/rules.html"
    list_display = ("subject_id", "subject_type", "role_name", "where", "in_clusters", "created_by", "created_at")
    list_filter = ("subject_type", RoleFilter, "scope__type")
    list_select_related = ("scope__parent__parent__parent",)
    search_fields = ("subject_id", "scope__name")
    search_help_text = "An e-mail, a group, an application or a scope"
    autocomplete_fields = ("scope",)
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        asked = [
            path("roles/", self.admin_site.admin_view(roles_page), name="access_roles"),
            path("why/", self.admin_site.admin_view(why_page), name="access_why"),
        ]
        return [*asked, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        known = {"may_read_roles": acting(request).has_perm("roles.read")}
        return super().changelist_view(request, {**known, **(extra_context or {})})

    def has_change_permission(self, request: HttpRequest, obj: AccessRule | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRule]:
        return rule_statuses().with_phase(readable_rules(acting(request)).filter(deleted_at=None)).order_by("-pk")

    def get_fields(self, request: HttpRequest, obj: AccessRule | None = None) -> Any:
        if obj is None:
            return ("subject_type", "subject_id", "role_id", "scope")
        return ("subject_type", "subject_id", "role_name", "where", "in_clusters", "created_by", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: AccessRule | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = permitted(acting(request), "create", "access_rules")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description="role", ordering="role_id")
    def role_name(self, rule: AccessRule) -> str:
        return rule.role.name

    @admin.display(description="scope", ordering="scope__path")
    def where(self, rule: AccessRule) -> str:
        return rule.scope.full_name

    @admin.display(description="in clusters")
    def in_clusters(self, rule: AccessRule) -> str:
        return SAID_OF_PHASE.get(getattr(rule, "phase", ""), "No status")

    def save_model(self, request: HttpRequest, obj: AccessRule, form: Any, change: bool) -> None:
        role = ROLES[form.cleaned_data["role_id"]]
        rule = grant_access(
            actor=acting(request), subject_type=obj.subject_type, subject_id=obj.subject_id, role=role, scope=obj.scope
        )
        obj.pk = rule.pk

    def delete_model(self, request: HttpRequest, obj: AccessRule) -> None:
        revoke_access(actor=acting(request), rule=obj)
