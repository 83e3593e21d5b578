from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.admin.acting import acting
from common.admin import Revealed, ServiceAdmin
from tokens.models import Application
from tokens.services.applications import (
    create_application,
    delete_application,
    rotate_secret,
    set_application_enabled,
    visible_applications,
)


@admin.register(Application)
class ApplicationAdmin(ServiceAdmin[Application]):
    resource_type = "apps"
    list_display = ("name", "enabled", "last_login", "created_by", "created_at")
    list_filter = ("enabled",)
    search_fields = ("name",)
    ordering = ("name",)
    actions = ("make_a_new_secret", "disable", "enable")
    readonly_fields = ("client_id", "enabled", "last_login", "created_by", "created_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        return visible_applications(acting(request)).order_by("name")

    def get_fields(self, request: HttpRequest, obj: Application | None = None) -> Any:
        return ("name", *self.readonly_fields) if obj else ("name",)

    def get_readonly_fields(self, request: HttpRequest, obj: Application | None = None) -> Any:
        # The name stays: access rules and the application itself go by it.
        return ("name", *self.readonly_fields) if obj else ()

    def applies(self, action: str, obj: Application) -> bool:
        return {"disable": obj.enabled, "enable": not obj.enabled}.get(action, True)

    def save_model(self, request: HttpRequest, obj: Application, form: Any, change: bool) -> None:
        if change:
            return
        application, secret = create_application(actor=acting(request), name=form.cleaned_data["name"])
        obj.pk = application.pk
        self._show(request, application, secret)

    def delete_model(self, request: HttpRequest, obj: Application) -> None:
        delete_application(actor=acting(request), application=obj)

    @admin.action(description="New secret", permissions=["change"])
    def make_a_new_secret(self, request: HttpRequest, rows: QuerySet[Application]) -> HttpResponse | None:
        """One at a time: the secret is shown on the answer, and nowhere after that."""
        if rows.count() != 1:
            self.message_user(request, "Make one secret at a time.", messages.ERROR)
            return None
        return self.confirmed(
            request,
            rows,
            lambda row: self._show(request, row, rotate_secret(actor=acting(request), application=row)),
            title="New secret",
            sentence="You see it once. The old secret is refused from now on; tokens got with it live until they end.",
        ) or self.revealing(request)

    @admin.action(description="Disable", permissions=["change"])
    def disable(self, request: HttpRequest, rows: QuerySet[Application]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows,
            lambda row: set_application_enabled(actor=acting(request), application=row, enabled=False),
            title="Disable",
            sentence="A disabled application gets no tokens, and those it has are refused here from now on.",
        )

    @admin.action(description="Enable", permissions=["change"])
    def enable(self, request: HttpRequest, rows: QuerySet[Application]) -> HttpResponse | None:
        return self.confirmed(
            request,
            rows,
            lambda row: set_application_enabled(actor=acting(request), application=row, enabled=True),
            title="Enable",
            sentence="The application gets tokens again, with the secret it has.",
        )

    def _show(self, request: HttpRequest, application: Application, secret: str) -> None:
        advice = f"The application signs in with the client id {application.client_id} and this secret."
        self.reveal(request, Revealed(f"Secret of {application}", "Client secret", secret, advice))
