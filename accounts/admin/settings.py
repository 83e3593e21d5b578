from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.admin.acting import acting
from accounts.models import GeneralSettings
from accounts.services.settings import update_general_settings
from common.admin import ServiceAdmin


@admin.register(GeneralSettings)
class GeneralSettingsAdmin(ServiceAdmin[GeneralSettings]):
    """Settings | General: one form in the place of a list."""

    resource_type = "security-settings"
    fieldsets = (
        ("Security", {"fields": ("idle_timeout_minutes", "session_hours")}),
        ("Sign-out", {"fields": ("logout_redirect_uri",)}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: GeneralSettings | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect("admin:accounts_generalsettings_change", GeneralSettings.ONLY_ID)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> GeneralSettings | None:
        # The row is there from the first change on; before that the defaults stand in the form.
        return GeneralSettings.current() if object_id == str(GeneralSettings.ONLY_ID) else None

    def save_model(self, request: HttpRequest, obj: GeneralSettings, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            update_general_settings(actor=acting(request), **changes)
