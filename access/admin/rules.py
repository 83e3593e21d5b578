from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from access.admin.giving import give_role
from access.admin.picking import questions_about
from access.admin.questions import roles_page, who_can_page, why_page
from access.assertions import LOCAL
from access.catalog import roles
from access.explanations import nothing_for
from access.models import AccessRule, SubjectType
from access.services import grant_access, permitted, readable_rules, revoke_access
from access.services.subjects import exists, said_of_subject, withheld_by
from access.sources import sources
from access.statuses import rule_statuses
from accounts.admin.acting import acting
from common.admin import ServiceAdmin


def role_choices() -> list[tuple[int, str]]:
    return [(role.id, role.name) for role in roles().values()]


# As the platform's own pages say it.
SAID_OF_PHASE = {
    "Creating": "Creating…",
    "Ready": "No issues found",
    "NotReady": "Issues found",
    "Deleting": "Deleting…",
}


def source_choices() -> list[tuple[str, str]]:
    any_, here = "Anybody who may assert it", "This service alone: users and members entered here"
    return [("", any_), (LOCAL, here), *((alias, f"The identity provider {alias}") for alias in sources().aliases())]


class AccessRuleForm(forms.ModelForm[AccessRule]):
    role_id = forms.TypedChoiceField(label="Role", choices=lambda: [("", "---------"), *role_choices()], coerce=int)
    source = forms.ChoiceField(
        label="Whose word counts",
        required=False,
        choices=source_choices,
        help_text="Who has to say that somebody goes by this name. It matters for a name that nobody has yet, and for"
        " groups that a directory fills.",
    )

    class Meta:
        model = AccessRule
        fields = ("subject_type", "subject_id", "role_id", "scope", "source")


class RoleFilter(admin.SimpleListFilter):
    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(id_), name) for id_, name in role_choices()]

    def queryset(self, request: HttpRequest, rules: QuerySet[AccessRule]) -> QuerySet[AccessRule]:
        wanted = self.value()
        return rules.filter(role_id=wanted) if wanted in dict(self.lookup_choices) else rules


@admin.register(AccessRule)
class AccessRuleAdmin(ServiceAdmin[AccessRule]):
    """Who has which role where. A rule is made and deleted, never edited."""

    resource_type = "access_rules"
    when_empty = (
        "Nobody has a role yet. An access rule says who has which role where: add one for a user, a group or"
        " an application."
    )
    form = AccessRuleForm
    change_list_template = "admin/access/rules.html"
    list_display = ("subject_id", "subject_type", "role_name", "where", "in_clusters", "created_by", "created_at")
    list_filter = ("subject_type", RoleFilter, "scope__type")
    list_select_related = ("scope__parent__parent__parent",)
    search_fields = ("subject_id", "scope__name")
    search_help_text = "An e-mail, a group, an application or a scope"
    autocomplete_fields = ("scope",)
    prefilled = ("subject_type", "subject_id")
    ordering = ("-pk",)
    show_full_result_count = False

    def get_urls(self) -> list[URLPattern]:
        asked = [
            path("roles/", self.admin_site.admin_view(roles_page), name="access_roles"),
            path("give/", self.admin_site.admin_view(give_role), name="access_give_role"),
            path("who-can/", self.admin_site.admin_view(who_can_page), name="access_who_can"),
            path("why/", self.admin_site.admin_view(why_page), name="access_why"),
        ]
        return [*asked, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        known = {"may_read_roles": acting(request).has_perm("roles.read")}
        return super().changelist_view(request, {**known, **(extra_context or {})})

    def has_change_permission(self, request: HttpRequest, obj: AccessRule | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRule]:
        return rule_statuses().with_phase(readable_rules(acting(request)).filter(deleted_at=None))

    def get_fields(self, request: HttpRequest, obj: AccessRule | None = None) -> Any:
        if obj is None:
            return ("subject_type", "subject_id", "role_id", "scope", "source")
        return (
            "subject_type", "subject_id", "role_name", "where", "whose_word", "given", "in_clusters", "created_by",
            "created_at",
        )  # fmt: skip

    def get_readonly_fields(self, request: HttpRequest, obj: AccessRule | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = permitted(acting(request), "create", "access_rules")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def links_of(self, obj: AccessRule) -> list[tuple[str, str]]:
        return questions_about(scope=obj.scope_id, subject_type=obj.subject_type, subject_id=obj.subject_id)

    @admin.display(description="role", ordering="role_id")
    def role_name(self, rule: AccessRule) -> str:
        return rule.role.name

    @admin.display(description="scope", ordering="scope__path")
    def where(self, rule: AccessRule) -> str:
        return rule.scope.full_name

    @admin.display(description="whose word counts")
    def whose_word(self, rule: AccessRule) -> str:
        return dict(source_choices()).get(rule.source, rule.source)

    @admin.display(description="gives")
    def given(self, rule: AccessRule) -> SafeString | str:
        """What an administrator should know of it: that nobody goes by the name, or who gets nothing of it."""
        if rule.subject_type != SubjectType.APP and not exists(rule):
            return said_of_subject(rule)
        told = [nothing_for(one.people, one.reason, one.source, rule.source) for one in withheld_by(rule)]
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in told)) or "what the role says"

    @admin.display(description="in clusters")
    def in_clusters(self, rule: AccessRule) -> str:
        return SAID_OF_PHASE.get(getattr(rule, "phase", ""), "No status")

    def save_model(self, request: HttpRequest, obj: AccessRule, form: Any, change: bool) -> None:
        role = roles()[form.cleaned_data["role_id"]]
        rule = grant_access(
            actor=acting(request), subject_type=obj.subject_type, subject_id=obj.subject_id, role=role, scope=obj.scope,
            source=form.cleaned_data["source"],
        )  # fmt: skip
        obj.pk = rule.pk

    def delete_model(self, request: HttpRequest, obj: AccessRule) -> None:
        revoke_access(actor=acting(request), rule=obj)
