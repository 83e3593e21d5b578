import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Field, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import URLPattern, path
from django.utils.html import format_html

from audit.models import Event
from common.admin import ServiceAdmin
from common.changelist import LinkedFilter
from common.downloads import as_csv
from common.errors import Invalid

LONGEST_ID = 64
MOST_IN_A_FILE = 20_000
EXPORTED = [field.name for field in Event._meta.get_fields() if isinstance(field, Field)]


class AboutObject(LinkedFilter):
    """What the history link of any other page leads to."""

    title = "about or by"
    parameter_name = "entity_id"
    field_path = "entity_id"

    def queryset(self, request: HttpRequest, rows: QuerySet[Event]) -> QuerySet[Event]:
        """A person's own sign-ins are about sessions, and belong to their history all the same."""
        value = self.value()
        return rows if value is None else rows & Event.objects.about(value)

    def label(self, request: HttpRequest, value: str) -> str | None:
        return value if len(value) <= LONGEST_ID else None


@admin.register(Event)
class EventAdmin(ServiceAdmin[Event]):
    """The audit log, to read."""

    resource_type = "events-history"
    when_empty = "Nothing was recorded yet. Every sign-in, change and refusal becomes an entry here."
    change_form_template = "admin/audit/event_form.html"
    list_display = ("at", "action", "outcome", "subject", "entity_type", "entity_name", "source_ip")
    list_filter = ("result", "at", AboutObject)
    search_fields = (
        "action", "subject", "entity_name", "entity_id", "request_id", "caller_request_id", "session_id", "token_id",
    )  # fmt: skip
    search_help_text = "Action, who did it, what it was done to, or the id of a request, session or token"
    show_full_result_count = False
    fieldsets = (
        ("What", {"fields": ("at", "action", "result", "reason", "more", "details")}),
        ("Who", {"fields": ("subject_type", "subject", "subject_id", "source_ip", "user_agent")}),
        ("By what they acted", {"fields": ("client_id", "session_id", "token_id")}),
        ("To what", {"fields": ("entity_type", "entity_name", "entity_id", "cluster_id")}),
        ("By which request", {"fields": ("http_method", "url", "request_id", "caller_request_id")}),
    )

    change_list_template = "admin/audit/event_list.html"

    def get_urls(self) -> list[URLPattern]:
        return [path("export/", self.admin_site.admin_view(self.export), name="audit_export"), *super().get_urls()]

    def export(self, request: HttpRequest) -> HttpResponse:
        """Hand out what the list shows with these parameters, the newest 20,000 of it, as CSV."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request).get_queryset(request)
        except Invalid as refusal:
            return HttpResponseBadRequest(refusal.message, content_type="text/plain; charset=utf-8")
        return as_csv("audit-log.csv", EXPORTED, shown.values(*EXPORTED)[:MOST_IN_A_FILE])

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    @admin.display(description="details")
    def details(self, event: Event) -> str:
        if not event.metadata:
            return "-"
        return format_html('<pre tabindex="0" class="config">{}</pre>', json.dumps(event.metadata, indent=2))

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> Any:
        return ("more", "details")

    @admin.display(description="result", ordering="result")
    def outcome(self, event: Event) -> str:
        return f"{event.result}, and {event.repeated} more" if event.repeated else event.result

    @admin.display(description="repeated")
    def more(self, event: Event) -> str:
        """So many more like it, since it happened."""
        if not event.repeated or event.repeated_until is None:
            return "-"
        last = f"{event.repeated_until:%H:%M}"
        if event.repeated_until.date() != event.at.date():
            last = f"{event.repeated_until:%Y-%m-%d %H:%M}"
        return f"and {event.repeated} more until {last}"
