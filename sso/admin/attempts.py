from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext, gettext_lazy

from audit.words import reason_in_words
from common.translating import translated
from common.wording import Wording
from sso.admin.managing import ManagingAdmin
from sso.models import Attempt
from sso.refusals import REFUSALS, advice_for

MAPPED = {
    "email": gettext_lazy("E-mail"),
    "email_verified": gettext_lazy("E-mail address"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "groups": gettext_lazy("Groups"),
    "groups_said": gettext_lazy("Groups are"),
    "uid": gettext_lazy("UID"),
    "gid": gettext_lazy("GID"),
    "supplementary_groups": gettext_lazy("Supplementary groups"),
    "notes": gettext_lazy("Left out"),
}
# The words of what the mapping stored, beside what the directory said.
STORED = {
    True: gettext_lazy("yes"),
    False: gettext_lazy("no"),
    "listed": gettext_lazy("listed"),
    "not sent": gettext_lazy("not sent"),
    "too many to send": gettext_lazy("too many to send"),
    "not asked for": gettext_lazy("not asked for"),
}


@admin.register(Attempt)
class AttemptAdmin(ManagingAdmin[Attempt]):
    """Read-only list of the last sign-in attempts of each provider, for troubleshooting."""

    change_form_template = "admin/sso/attempt.html"
    change_list_template = "admin/sso/attempt_list.html"
    when_empty = gettext_lazy(
        "Nobody has signed in through a provider yet. Each sign-in through one leaves its checks "
        "here; without a provider, connect a directory under Identity providers first."
    )
    list_display = ("reference", "at", "provider", "outcome", "why", "email", "heard_from", "repeated")
    list_filter = ("outcome", "is_of_provider", "provider")
    list_select_related = ("provider",)
    search_fields = ("reference", "email")
    search_help_text = gettext_lazy("The reference that somebody read out, or an e-mail")
    ordering = ("-at",)
    fields = (("at", "provider"), ("outcome", "kind"), ("email", "source_ip"), ("heard_from", "more"))
    readonly_fields: ClassVar[tuple[str, ...]] = (
        "at",
        "provider",
        "outcome",
        "kind",
        "email",
        "source_ip",
        "heard_from",
        "more",
    )

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("Kind"))
    def kind(self, attempt: Attempt) -> str:
        return gettext("a test by an administrator") if attempt.is_test else gettext("a sign-in")

    @admin.display(description=gettext_lazy("why"), ordering="code")
    def why(self, attempt: Attempt) -> str:
        return reason_in_words(attempt.code) or "-"

    @admin.display(description=gettext_lazy("sent by"), ordering="is_of_provider")
    def heard_from(self, attempt: Attempt) -> str:
        if attempt.has_no_message:
            return "-"
        return gettext("the provider") if attempt.is_of_provider else gettext("anybody")

    @admin.display(description=gettext_lazy("repeated"))
    def more(self, attempt: Attempt) -> str:
        if not attempt.repeated or attempt.repeated_at is None:
            return gettext("no")
        return gettext("%(number)s more since %(since)s, the last at %(last)s UTC") % {
            "number": attempt.repeated,
            "since": f"{attempt.at:%H:%M}",
            "last": f"{attempt.repeated_at:%Y-%m-%d %H:%M}",
        }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).select_related("provider")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the history of the provider: nobody acts on an attempt itself."""
        attempt = self.get_object(request, unquote(object_id))
        if attempt is None or not self.has_view_permission(request, attempt):
            raise Http404
        return super().history_view(request, str(attempt.provider_id))

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        attempt: Attempt | None = kwargs.get("obj")
        if attempt is not None:
            refusal = REFUSALS.get(attempt.code)
            checks = [_translatable(check) for check in attempt.checks]
            context |= {
                "title": gettext("Sign-in %(reference)s") % {"reference": attempt.reference},
                "subtitle": "",
                "refusal": refusal,
                "checks": checks,
                "advice": advice_for(attempt.code, _failed_check(attempt)),
                "mapped": _in_words(attempt.mapped, {str(check["detail"]): check["detail"] for check in checks}),
            }
        return super().render_change_form(request, context, **kwargs)


def _translatable(check: dict[str, Any]) -> dict[str, Any]:
    """Return the check with the values of its finding, to translate that; an earlier version kept the English alone."""
    return {**check, "detail": Wording.from_json(check["wording"])} if check.get("wording") else check


def _failed_check(attempt: Attempt) -> str:
    return next((check["check"] for check in attempt.checks if check["verdict"] == "failed"), "")


def _in_words(mapped: dict[str, Any], findings: dict[str, str]) -> list[tuple[str, str]]:
    """Return what there is of it; 0 is a UID too. What was left out is among the findings, with its values."""
    mapped = {**mapped, "notes": [translated(findings.get(note, note)) for note in mapped.get("notes", ())]}
    for name in mapped.keys() & {"groups_said", "email_verified"}:
        mapped[name] = STORED.get(mapped[name], mapped[name])
    there = [(name, mapped.get(name)) for name in MAPPED]
    return [
        (str(MAPPED[name]), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in there
        if value not in ("", None, [])
    ]
