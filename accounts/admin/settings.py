from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.admin.acting import acting
from accounts.models import GeneralSettings
from accounts.providers import providers
from accounts.services.settings import update_general_settings
from common.admin import ServiceAdmin


@admin.register(GeneralSettings)
class GeneralSettingsAdmin(ServiceAdmin[GeneralSettings]):
    """Settings | General: one form in the place of a list."""

    resource_type = "security-settings"
    fieldsets = (
        ("Security", {"fields": ("idle_timeout_minutes", "session_hours")}),
        ("Single sign-on", {"fields": ("auto_redirect_alias",)}),
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

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "auto_redirect_alias":
            kwargs["widget"] = forms.Select(choices=_ways_in())
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if isinstance(field, forms.IntegerField):
            _agree_on_bounds(field, db_field.validators)
        return field

    def save_model(self, request: HttpRequest, obj: GeneralSettings, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        if changes:
            update_general_settings(actor=acting(request), **changes)

    def response_change(self, request: HttpRequest, obj: GeneralSettings) -> HttpResponse:
        self.message_user(request, "Settings saved.")
        return redirect("admin:accounts_generalsettings_change", obj.pk)


def _agree_on_bounds(field: forms.IntegerField, validators: Any) -> None:
    """Name one least value and one greatest, where Django's field would begin at 0 and the model at 1."""
    least = max(one.limit_value for one in validators if isinstance(one, MinValueValidator))
    greatest = min(one.limit_value for one in validators if isinstance(one, MaxValueValidator))
    why = f"A whole number from {least} to {greatest}."
    field.validators = [MinValueValidator(least, why), MaxValueValidator(greatest, why)]
    field.error_messages["invalid"] = why
    field.widget.attrs |= {"min": least, "max": greatest}


def _ways_in() -> list[tuple[str, str]]:
    """The providers in use; and the one that is set, though it may not be in use any more."""
    names = {"": "the sign-in page, which offers them all"}
    names |= {button.alias: f"{button.name} ({button.alias})" for button in providers().buttons()}
    alias = GeneralSettings.current().auto_redirect_alias
    names.setdefault(alias, f"{alias}, which is not in use: the sign-in page is shown")
    return list(names.items())
