from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy, ngettext

from accounts.admin.acting import acting
from accounts.models import Group, Membership
from accounts.ports.authority import authority
from accounts.ports.cut_off import cut_off_in_clusters
from accounts.ports.ending import ending_with
from accounts.ports.sections import sections
from accounts.services.groups import add_member, create_group, delete_group, describe_group, remove_member
from audit.admin.tab import events_tab
from common.admin import ServiceAdmin
from common.changelist import LinkedFilter
from common.dossier import DossierAdmin, Tab

MOST_SHOWN = 50


@admin.register(Group)
class GroupAdmin(DossierAdmin[Group]):
    resource_type = "groups"
    when_empty = gettext_lazy(
        "No group yet. A group gives a role to many people at once: add one, put people into it, "
        "and name it in an access rule. A directory can fill groups too."
    )
    list_display = ("name", "description", "size", "created_at")
    search_fields = ("name", "description")
    sortable_by = ("name", "created_at")
    ordering = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        return authority().visible_groups(acting(request)).order_by("name")

    def complete(self, rows: list[Any]) -> None:
        of_these = Membership.objects.filter(group__in=[group.pk for group in rows]).order_by()
        counts = dict(of_these.values_list("group").annotate(Count("pk")))
        for group in rows:
            group.members_count = counts.get(group.pk, 0)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Group | None:
        group = super().get_object(request, object_id, from_field)
        if group is not None:
            self.complete([group])
        return group

    def tabs(self) -> tuple[Tab, ...]:
        return (
            Tab("members", "admin/accounts/group_members.html", _members),
            Tab(
                "access",
                "admin/dossier.html",
                _access,
                lambda request, group: request.user.has_perm("access_rules.read"),
            ),
            events_tab(gettext_lazy("Who joins and leaves, and what else changes of this group, appears here.")),
        )

    def told(self, obj: Any) -> str:
        many = ngettext("%(members)s member", "%(members)s members", obj.members_count)
        return " · ".join(filter(None, [many % {"members": f"{obj.members_count:,}"}, obj.description]))

    def get_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        return ("name", "description", "people", "created_by", "created_at") if obj else ("name", "description")

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> Any:
        # Access rules name a group by its name, so that stays.
        return ("name", "people", "created_by", "created_at") if obj else ()

    @admin.display(description=gettext_lazy("members"))
    def size(self, group: Any) -> int:
        return int(group.members_count)

    @admin.display(description=gettext_lazy("members"))
    def people(self, group: Any) -> str:
        """On a page of their own: a group may have more members than a form can hold."""
        see = f"{reverse('admin:accounts_membership_changelist')}?group__id__exact={group.pk}"
        add = f"{reverse('admin:accounts_membership_add')}?group={group.pk}"
        words = '{} — <a href="{}">{}</a> · <a href="{}">{}</a>'
        return format_html(words, group.members_count, see, gettext("see and remove"), add, gettext("add a member"))

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:
        if not change:
            obj.pk = create_group(actor=acting(request), **form.cleaned_data).pk
        elif "description" in form.changed_data:
            describe_group(actor=acting(request), group=obj, description=form.cleaned_data["description"])

    def deletion_takes(self, request: HttpRequest, obj: Group) -> list[str]:
        people = obj.membership_set.count()
        lose = (
            [
                ngettext(
                    "%(number)s member loses what the group gives.",
                    "%(number)s members lose what the group gives.",
                    people,
                )
                % {"number": people}
            ]
            if people
            else []
        )
        return [*lose, *ending_with(obj, reader=acting(request))]

    def deletion_means(self) -> list[str]:
        return cut_off_in_clusters()

    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        delete_group(actor=acting(request), group=obj)


def _members(request: HttpRequest, group: Group) -> dict[str, Any]:
    """Those whom the reader may see: who reads a group need not read all its people."""
    seen = authority().visible_users(acting(request))
    shown = group.membership_set.filter(user__in=seen).select_related("user").order_by("user__email")
    found = list(shown[: MOST_SHOWN + 1])
    return {
        "memberships": found[:MOST_SHOWN],
        "more": len(found) > MOST_SHOWN,
        "may_add": request.user.has_perm("groups.update"),
    }


def _access(request: HttpRequest, group: Group) -> dict[str, Any]:
    return {"sections": sections("group:access", about=group, reader=acting(request))}


class InGroup(LinkedFilter):
    title = gettext_lazy("group")
    parameter_name = "group__id__exact"
    field_path = "group"

    def label(self, request: HttpRequest, value: str) -> str | None:
        try:
            group = authority().visible_groups(acting(request)).filter(pk=UUID(value)).first()
        except ValueError:
            return None
        return group.name if group else None


@admin.register(Membership)
class MembershipAdmin(ServiceAdmin[Membership]):
    """Memberships of groups. Joining and leaving change the group, so both ask for its update."""

    resource_type = "groups"
    when_empty = gettext_lazy("Nobody is in a group yet. Open a group to add members to it.")
    list_display = ("user", "group", "source", "created_at")
    list_display_links = None
    list_select_related = ("user", "group")
    search_fields = ("user__email", "group__name")
    list_filter = (InGroup,)
    prefilled = ("group", "user")
    autocomplete_fields = ("group", "user")
    fields = ("group", "user")
    sortable_by = ("user", "group", "created_at")
    ordering = ("group__name", "user__email")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("groups.update")

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return request.user.has_perm("groups.update")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return authority().of_visible_groups(acting(request), super().get_queryset(request))

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        chosen = {"group": authority().visible_groups, "user": authority().visible_users}[db_field.name]
        kwargs["queryset"] = chosen(acting(request))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Membership, form: forms.Form, change: bool) -> None:
        add_member(actor=acting(request), group=obj.group, user=obj.user)

    def deletion_means(self) -> list[str]:
        return cut_off_in_clusters()

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        remove_member(actor=acting(request), group=obj.group, user=obj.user)
