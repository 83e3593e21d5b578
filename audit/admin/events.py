from collections.abc import Iterator
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Field, Q
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from audit.admin.filters import FILTERS, looked_up
from audit.details import details_of
from audit.models import OF_KUBERNETES, Event, Result
from audit.words import action_in_words, object_in_words, reason_in_words
from common.admin import ServiceAdmin
from common.columns import badges, when, with_code
from common.downloads import streamed_csv, streamed_json
from common.errors import Invalid
from common.newest_first import NewestFirst

EXPORTED = [field.name for field in Event._meta.get_fields() if isinstance(field, Field)]
MOST_BESIDE = 20
BY_LINKS = ("session", "grant", "token", "request", "entity_id")  # the form has no field for them

READY_MADE = (
    (gettext_lazy("Refused in the last 24 hours"), {"result": Result.FAILED.value, "within": "24h"}),
    (gettext_lazy("Sign-ins of the last 24 hours"), {"action": "session:sign-in", "within": "24h"}),
    (gettext_lazy("Roles given in the last 30 days"), {"action": "access_rule:grant", "within": "30d"}),
    (gettext_lazy("Roles taken in the last 30 days"), {"action": "access_rule:revoke", "within": "30d"}),
    (gettext_lazy("Access cut in the last 30 days"), {"action": "user:access:cut", "within": "30d"}),
)


@admin.register(Event)
class EventAdmin(ServiceAdmin[Event]):
    """The audit log, to read."""

    resource_type = "events-history"
    when_empty = gettext_lazy("Nothing was recorded yet. Every sign-in, change and refusal becomes an entry here.")
    change_form_template = "admin/audit/event_form.html"
    change_list_template = "admin/audit/event_list.html"
    list_display = ("exactly", "what", "outcome", "by", "about", "source_ip")
    list_filter = FILTERS
    list_per_page = 50
    newest_by = "at"
    sortable_by = ()
    search_fields = ("pk",)  # what is searched for stands in `searched_as`
    fieldsets: ClassVar[Any] = (
        (gettext_lazy("What"), {"fields": ("exactly", "what", "ended", "why", "more", "details")}),
        (gettext_lazy("Who"), {"fields": ("subject_type", "subject", "subject_id", "source_ip", "user_agent")}),
        (gettext_lazy("By what they acted"), {"fields": ("client_id", "session_id", "grant_id", "token_id")}),
        (gettext_lazy("To what"), {"fields": ("kind", "entity_name", "entity_id", "cluster_id")}),
        (gettext_lazy("By which request"), {"fields": ("http_method", "url", "request_id", "caller_request_id")}),
    )

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(self.export)
        return [
            path("export/", export, name="audit_export"),
            path("export/json/", export, {"as_json": True}, name="audit_export_json"),
            *super().get_urls(),
        ]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[NewestFirst]:
        return NewestFirst

    def searched_as(self, text: str) -> list[Q]:
        return looked_up(text)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        if request.method == "GET" and "" in request.GET.values():
            # From the form: fields that were left blank do not belong into a link that somebody keeps.
            kept = [(name, value) for name, values in request.GET.lists() for value in values if value]
            return redirect(f"{request.path}?{urlencode(kept)}" if kept else request.path)
        told = {
            "actions_known": [(action, action_in_words(action)) for action in Event.objects.actions()],
            "asked": request.GET,
            "kept": [(name, request.GET[name]) for name in BY_LINKS if name in request.GET],
            "ready_made": [(words, f"?{urlencode(query)}") for words, query in READY_MADE],
        }
        return super().changelist_view(request, {**told, **(extra_context or {})})

    def export(self, request: HttpRequest, *, as_json: bool = False) -> HttpResponseBase:
        """Hand out all that the list shows with these parameters, written while it is read."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            shown = self.get_changelist_instance(request)
        except Invalid as refusal:
            return HttpResponseBadRequest(refusal.message, content_type="text/plain; charset=utf-8")
        rows: Iterator[Event] = shown.everything()  # type: ignore[attr-defined]  # NewestFirst
        cells = ({name: getattr(event, name) for name in EXPORTED} for event in rows)
        return streamed_json("audit-log.json", cells) if as_json else streamed_csv("audit-log.csv", EXPORTED, cells)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if event := kwargs.get("obj"):
            context |= {"title": action_in_words(event.action), "subtitle": "", **belonging_to(event)}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Event | None = None) -> Any:
        """Leave out what this entry doesn't have: most entries are of one kind of request, and lack the rest."""
        if obj is None:
            return self.fieldsets
        told = {
            **{"exactly": obj.at, "what": obj.action, "ended": obj.result, "why": obj.reason, "kind": obj.entity_type},
            **{"more": obj.repeated, "details": obj.metadata},
        }
        parts = [
            (name, [field for field in part["fields"] if told.get(field, getattr(obj, field, ""))])
            for name, part in self.fieldsets
        ]
        return [(name, {"fields": fields}) for name, fields in parts if fields]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Event | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("details"))
    def details(self, event: Event) -> str:
        return render_to_string("admin/audit/details.html", {"details": details_of(event)}) if event.metadata else "-"

    def get_readonly_fields(self, request: HttpRequest, obj: Event | None = None) -> Any:
        return ("exactly", "what", "ended", "why", "kind", "more", "details")

    @admin.display(description=gettext_lazy("action"))
    def what(self, event: Event) -> SafeString:
        return with_code(action_in_words(event.action), event.action)

    @admin.display(description=gettext_lazy("reason"))
    def why(self, event: Event) -> SafeString:
        """Return the words, and the code that the API and the export have."""
        return with_code(reason_in_words(event.reason), event.reason)

    @admin.display(description=gettext_lazy("kind of object"))
    def kind(self, event: Event) -> SafeString:
        return with_code(object_in_words(event.entity_type), event.entity_type)

    @admin.display(description=gettext_lazy("result"))
    def outcome(self, event: Event) -> SafeString:
        shown = self.ended(event)
        return format_html("{} {}", shown, reason_in_words(event.reason)) if event.reason else shown

    @admin.display(description=gettext_lazy("result"))
    def ended(self, event: Event) -> SafeString:
        said = (
            gettext("%(result)s, and %(repeated)s more") % {"result": gettext(event.result), "repeated": event.repeated}
            if event.repeated
            else gettext(event.result)
        )
        return badges((said, "good" if event.result == Result.SUCCEEDED else "wrong"))

    @admin.display(description=gettext_lazy("time"))
    def exactly(self, event: Event) -> SafeString:
        return format_html("{} <small>{}</small>", f"{event.at:%Y-%m-%d %H:%M:%S} UTC", when(event.at))

    @admin.display(description=gettext_lazy("by"))
    def by(self, event: Event) -> str:
        return event.subject or gettext("somebody unknown")

    @admin.display(description=gettext_lazy("about"))
    def about(self, event: Event) -> str:
        return object_in_words(event.entity_type, event.entity_name) or "-"

    @admin.display(description=gettext_lazy("repeated"))
    def more(self, event: Event) -> str:
        """So many more like it, since it happened."""
        if not event.repeated or event.repeated_until is None:
            return "-"
        last = f"{event.repeated_until:%H:%M}"
        if event.repeated_until.date() != event.at.date():
            last = f"{event.repeated_until:%Y-%m-%d %H:%M}"
        return gettext("and %(number)s more until %(time)s") % {"number": event.repeated, "time": last}


def belonging_to(event: Event) -> dict[str, Any]:
    """Return what the page of an entry shows beside it: the rest of its request, and links to what belongs to it."""
    same_request = Event.objects.filter(request_id=event.request_id).exclude(pk=event.pk)
    links = (
        (gettext("What this token did"), "token", event.token_id),
        (gettext("All by this grant: what its client did after one sign-in"), "grant", event.grant_id),
        (gettext("All in this session"), "session", event.session_id),
        (gettext("All by the same party"), "actor", event.subject_id or event.subject),
        (gettext("All about the same object"), "target", event.entity_id),
        (gettext("All from the same address"), "address", event.source_ip or ""),
        (gettext("All of this kind"), "action", event.action),
    )
    return {
        "beside": same_request.order_by("at", "pk")[:MOST_BESIDE] if event.request_id else [],
        "belongs": [(words, f"?{urlencode({name: value})}") for words, name, value in links if value],
        "credential_id": f"{OF_KUBERNETES}{event.token_id}" if event.token_id else "",
    }
