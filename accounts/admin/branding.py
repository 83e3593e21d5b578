"""Settings: Branding. The organisation's name, logo and accent colour, and what pages make of them."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminFileWidget
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.admin.settings import SettingsForm, SettingsPage, changes_in
from accounts.colours import LIGHT, Accent, accents
from accounts.models import BrandingSettings, GeneralSettings
from accounts.services.branding import brand_of, reset_branding, update_branding


class CurrentLogo:
    """The logo that is set, as Django's field for files shows it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __str__(self) -> str:
        return gettext("the logo at the top of this page")


class LogoInput(AdminFileWidget):
    def get_context(self, *args: Any) -> dict[str, Any]:
        context = super().get_context(*args)
        context["widget"]["clear_checkbox_label"] = gettext("Remove")
        return context


class BrandingForm(SettingsForm):
    logo = forms.FileField(
        label=gettext_lazy("Logo"),
        required=False,
        widget=LogoInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
        help_text=gettext_lazy(
            "PNG, JPEG or WebP of at most 64 KB and 2,048 pixels on a side; it is shown 32 pixels high, on white. "
            "SVG is not taken, because it can carry scripts."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if logo := brand_of(self.instance).logo:
            self.initial["logo"] = CurrentLogo(logo)


@admin.register(BrandingSettings)
class BrandingSettingsAdmin(SettingsPage[BrandingSettings]):
    form = BrandingForm
    takes_files = True  # the logo
    change_form_template = "admin/accounts/branding.html"

    def get_fieldsets(self, request: HttpRequest, obj: BrandingSettings | None = None) -> Any:
        logo = ("logo",) if self.has_change_permission(request) else ()
        return ((None, {"fields": ("brand_name", "brand_accent", *logo)}),)

    def get_urls(self) -> list[URLPattern]:
        reset = self.admin_site.admin_view(self.reset)
        return [path("reset/", reset, name="accounts_brandingsettings_reset"), *super().get_urls()]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        row = BrandingSettings.current()
        told = {
            "accents": [_told(one) for one in accents(row.brand_accent)] if row.brand_accent else [],
            "may_reset": any(brand_of(row)) and self.has_change_permission(request),
        }
        return super().changeform_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: BrandingSettings, form: Any, change: bool) -> None:
        changes = changes_in(form)
        logo = changes.pop("logo", None)
        if isinstance(logo, UploadedFile):
            changes["logo"] = logo.read()
        elif logo is False:  # as Django's field says that its box is ticked
            changes["logo"] = b""
        if changes:
            update_branding(actor=acting(request), **changes)

    def reset(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            reset_branding(actor=acting(request))
            self.message_user(request, gettext("Pages have the product's own name, mark and accent again."))
        return redirect("admin:accounts_brandingsettings_change", GeneralSettings.ONLY_ID)


def _told(accent: Accent) -> dict[str, object]:
    """Say what became of the colour in a scheme, for the preview."""
    return {
        "accent": accent,
        "name": gettext("Light") if accent.scheme == LIGHT else gettext("Dark"),
        "of_colour": f"{accent.contrast_of_colour:.1f}",
        "of_link": f"{accent.contrast_of_link:.1f}",
        "on_fill": f"{accent.contrast_on_fill:.1f}",
    }
