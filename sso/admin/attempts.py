from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from sso.admin.managing import ManagingAdmin
from sso.models import Attempt
from sso.refusals import REFUSALS


@admin.register(Attempt)
class AttemptAdmin(ManagingAdmin[Attempt]):
    """The trouble page: what happened to the last sign-ins through each provider. Read only."""

    change_form_template = "admin/sso/attempt.html"
    change_list_template = "admin/sso/attempt_list.html"
    list_display = ("reference", "at", "provider", "outcome", "code", "email", "source_ip")
    list_filter = ("outcome", "provider")
    linked_lookups = ("provider__id",)
    list_select_related = ("provider",)
    search_fields = ("reference", "email")
    ordering = ("-at",)
    fields = (("at", "provider"), ("outcome", "kind"), ("email", "source_ip"))
    readonly_fields: ClassVar[tuple[str, ...]] = ("at", "provider", "outcome", "kind", "email", "source_ip")

    def has_change_permission(self, request: HttpRequest, obj: Attempt | None = None) -> bool:
        return False

    @admin.display(description="Kind")
    def kind(self, attempt: Attempt) -> str:
        return "a test by an administrator" if attempt.is_test else "a sign-in"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Attempt]:
        return super().get_queryset(request).select_related("provider")

    def render_change_form(self, request: HttpRequest, context: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        attempt: Attempt | None = kwargs.get("obj")
        if attempt is not None:
            refusal = REFUSALS.get(attempt.code)
            context |= {
                "title": f"Sign-in {attempt.reference}",
                "subtitle": "",
                "refusal": refusal,
                "mapped": {name: value for name, value in attempt.mapped.items() if value not in ("", None, [], ())},
            }
        return super().render_change_form(request, context, **kwargs)
