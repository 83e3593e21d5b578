from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from access.admin.adding import add_rules, source_choices
from access.admin.giving import give_role
from access.admin.here import go_to_scope
from access.admin.picking import MOST_NAMESAKES, questions_about
from access.admin.questions import roles_page, who_can_page, why_page
from access.catalog import roles
from access.explanations import nothing_for
from access.models import AccessRule, Scope, ScopeType, SubjectType
from access.not_carried import said_of_tokens
from access.ports.rule_statuses import rule_statuses
from access.services import readable_rules, revoke_access, visible_scopes
from access.services.subjects import exists, not_looked_at, said_of_subject, withheld_by
from accounts.admin.acting import acting
from accounts.models import Group, User
from common.admin import ServiceAdmin
from common.changelist import NotOffered
from common.downloads import streamed_csv
from common.errors import Invalid
from common.listing import clean
from common.newest_first import NewestFirst, TypedFilter


def role_choices() -> list[tuple[int, str]]:
    return [(role.id, role.name) for role in roles().values()]


# As the platform's own pages say it.
SAID_OF_PHASE = {
    "Creating": gettext_lazy("Creating…"),
    "Ready": gettext_lazy("No issues found"),
    "NotReady": gettext_lazy("Issues found"),
    "Deleting": gettext_lazy("Deleting…"),
}


EXPORTED = ("id", "subject_type", "subject_id", "role", "scope_type", "scope", "source", "created_by", "created_at")


class RoleFilter(admin.SimpleListFilter):
    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(id_), name) for id_, name in role_choices()]

    def queryset(self, request: HttpRequest, rules: QuerySet[AccessRule]) -> QuerySet[AccessRule]:
        wanted = self.value()
        return rules.filter(role_id=wanted) if wanted in dict(self.lookup_choices) else rules


class TypeFilter(admin.SimpleListFilter):
    title = gettext_lazy("type of scope")
    parameter_name = "scope__type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(value, gettext(str(label))) for value, label in ScopeType.choices]

    def queryset(self, request: HttpRequest, rules: QuerySet[AccessRule]) -> QuerySet[AccessRule]:
        if not self.value() or self.value() == ScopeType.PROJECT:
            # Most rules are in projects, so the newest of them are soon found; all others are few.
            return rules.filter(scope__type=self.value()) if self.value() else rules
        return rules.filter(scope__in=Scope.objects.filter(type=self.value()).order_by().values("pk"))


class InScope(TypedFilter):
    """Rules of one scope itself, by the links of its page."""

    title = gettext_lazy("given in")
    parameter_name = "scope"
    field_path = "scope"

    def label(self, request: HttpRequest, value: str) -> str | None:
        scope = visible_scopes(acting(request)).filter(pk=clean(value)).first()
        if scope is None:
            raise NotOffered("scope", "there is no such scope, or none that you may see.")
        return scope.name


@admin.register(AccessRule)
class AccessRuleAdmin(ServiceAdmin[AccessRule]):
    """The list of access rules: who has which role where. A rule is made and deleted, never edited."""

    resource_type = "access_rules"
    when_empty = gettext_lazy(
        "Nobody has a role yet. An access rule says who has which role where: add one for a "
        "user, a group or an application."
    )
    change_list_template = "admin/access/rules.html"
    list_display = ("subject_id", "subject_type", "role_name", "where", "in_clusters", "created_by", "created_at")
    list_filter = ("subject_type", RoleFilter, TypeFilter, InScope)
    newest_by = "pk"
    sortable_by = ()
    list_select_related = ("scope__parent__parent__parent",)
    search_fields = ("subject_id", "scope__name")
    search_help_text = gettext_lazy("An e-mail, a group or a scope, or its beginning; or a whole client id")

    def get_urls(self) -> list[URLPattern]:
        asked = [
            path("roles/", self.admin_site.admin_view(roles_page), name="access_roles"),
            path("export/", self.admin_site.admin_view(self.export), name="access_export"),
            path("at/<str:pk>/", self.admin_site.admin_view(go_to_scope), name="access_at"),
            path("give/", self.admin_site.admin_view(give_role), name="access_give_role"),
            path("who-can/", self.admin_site.admin_view(who_can_page), name="access_who_can"),
            path("why/", self.admin_site.admin_view(why_page), name="access_why"),
        ]
        return [*asked, *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NewestFirst]:
        return NewestFirst

    def searched_as(self, text: str) -> list[Q]:
        """Look names up where they are few, and then the rules that name them."""
        emails = User.objects.filter(email__startswith=text.lower()).order_by("email")
        groups = Group.objects.filter(name__istartswith=text).order_by("name")
        names = {text, text.lower(), *emails.values_list("email", flat=True)[:MOST_NAMESAKES]}
        names |= {*groups.values_list("name", flat=True)[:MOST_NAMESAKES]}
        scopes = Scope.objects.filter(name__startswith=text.lower()).order_by("path")[:MOST_NAMESAKES]
        by_name = Q(subject_type__in=SubjectType.values, subject_id__in=sorted(names))
        return [by_name, Q(scope__in=[scope.pk for scope in scopes])]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        return add_rules(request)

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """Hand out all that the list shows with these parameters, as CSV, written while it is read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request)
        except Invalid as refusal:
            return HttpResponseBadRequest(refusal.message, content_type="text/plain; charset=utf-8")
        return streamed_csv("access-rules.csv", EXPORTED, map(_cells, shown.everything()))  # type: ignore[attr-defined]  # NewestFirst

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        known = {"may_read_roles": acting(request).has_perm("roles.read")}
        return super().changelist_view(request, {**known, **(extra_context or {})})

    def has_change_permission(self, request: HttpRequest, obj: AccessRule | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[AccessRule]:
        return rule_statuses().with_phase(readable_rules(acting(request)).filter(deleted_at=None))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> AccessRule | None:
        rule = super().get_object(request, object_id, from_field)
        if rule is not None:
            rule.not_looked_at = not_looked_at(rule, reader=acting(request))  # type: ignore[attr-defined]
            rule.said_of_tokens = said_of_tokens(rule, reader=acting(request))  # type: ignore[attr-defined]
        return rule

    def get_fields(self, request: HttpRequest, obj: AccessRule | None = None) -> Any:
        return (
            "subject_type",
            "subject_id",
            "role_name",
            "where",
            "whose_word",
            "given",
            "in_clusters",
            "created_by",
            "created_at",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: AccessRule | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def links_of(self, obj: AccessRule) -> list[tuple[str, str]]:
        return questions_about(scope=obj.scope_id, subject_type=obj.subject_type, subject_id=obj.subject_id)

    @admin.display(description=gettext_lazy("role"), ordering="role_id")
    def role_name(self, rule: AccessRule) -> str:
        return rule.role.name

    @admin.display(description=gettext_lazy("scope"), ordering="scope__path")
    def where(self, rule: AccessRule) -> str:
        return rule.scope.full_name

    @admin.display(description=gettext_lazy("whose word counts"))
    def whose_word(self, rule: AccessRule) -> str:
        return dict(source_choices()).get(rule.source, rule.source)

    @admin.display(description=gettext_lazy("gives"))
    def given(self, rule: AccessRule) -> SafeString | str:
        """Return what an administrator should know of it: that nobody goes by the name, or who gets nothing of it."""
        unknown: str = getattr(rule, "not_looked_at", "")
        if not unknown and rule.subject_type != SubjectType.APP and not exists(rule):
            return said_of_subject(rule)
        told = (
            [unknown]
            if unknown
            else [nothing_for(one.people, one.reason, one.source, rule.source) for one in withheld_by(rule)]
        )
        told += filter(None, [getattr(rule, "said_of_tokens", "")])
        return format_html_join("", "<p>{}</p>", ((sentence,) for sentence in told)) or gettext("what the role says")

    @admin.display(description=gettext_lazy("in clusters"))
    def in_clusters(self, rule: AccessRule) -> str:
        return str(SAID_OF_PHASE.get(getattr(rule, "phase", ""), gettext("No agent reports")))

    def delete_model(self, request: HttpRequest, obj: AccessRule) -> None:
        revoke_access(actor=acting(request), rule=obj)


def _cells(rule: AccessRule) -> dict[str, object]:
    return {
        "id": rule.pk,
        "subject_type": rule.subject_type,
        "subject_id": rule.subject_id,
        "role": rule.role.name,
        "scope_type": rule.scope.type,
        "scope": rule.scope.full_name,
        "source": rule.source,
        "created_by": rule.created_by,
        "created_at": rule.created_at.isoformat(),
    }
