"""Settings: General, Sign-in and Tokens. Each value with what it does, its bounds, and whom a change touches."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Generic

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.admin.fixed import Fixed, of_signing_in, of_tokens
from accounts.models import GeneralSettings, SignInSettings, TokenSettings
from accounts.ports.authority import authority
from accounts.ports.providers import providers
from accounts.services.settings import affected_by, check_address, update_general_settings
from common.admin import M, ServiceAdmin


class SettingsForm(forms.ModelForm[GeneralSettings]):
    def clean_logout_redirect_uri(self) -> str:
        address: str = self.cleaned_data["logout_redirect_uri"]
        check_address(address)
        return address

    def clean(self) -> dict[str, Any]:
        """Refuse a timeout that no session could reach, at the field that was changed."""
        given = super().clean() or {}
        minutes, hours = given.get("idle_timeout_minutes"), given.get("session_hours")
        if minutes and hours and minutes >= hours * 60:
            for name in ("idle_timeout_minutes", "session_hours"):
                if name in self.changed_data:
                    self.add_error(name, never_reached(minutes, hours))
        return given


def never_reached(minutes: int, hours: int) -> str:
    return gettext(
        "A session ends after %(hours)s hours in any case, so %(minutes)s minutes without activity are never reached."
        " Type fewer than %(most)s minutes, or raise the longest session."
    ) % {"hours": hours, "minutes": minutes, "most": hours * 60}


class SettingsPage(ServiceAdmin[M], Generic[M]):
    """One form in the place of a list."""

    resource_type = "security-settings"
    form = SettingsForm  # type: ignore[assignment]  # of the model of which these are proxies
    change_form_template = "admin/accounts/settings.html"

    def fixed(self) -> Sequence[Fixed]:
        """Return what of this page is set outside of it."""
        return ()

    def warnings(self, row: GeneralSettings) -> list[str]:
        """Return what of the present values takes no effect."""
        return []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(self._address, GeneralSettings.ONLY_ID)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> M | None:
        # The row is there from the first change on; before that the defaults stand in the form.
        current: Any = self.model
        return current.current() if object_id == str(GeneralSettings.ONLY_ID) else None

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        if request.method == "POST" and "confirmed" not in request.POST and self.has_change_permission(request):
            row: Any = self.get_object(request, object_id or "")
            form = self.get_form(request, row, change=True)(request.POST, instance=row)
            if row is not None and form.is_valid() and (touched := affected_by(changes_in(form))):
                return self._ask_first(request, form, touched)
        row = self.model.current()  # type: ignore[attr-defined]  # GeneralSettings
        told = {
            "title": gettext("Settings | %(name)s") % {"name": capfirst(self.opts.verbose_name_plural)},
            "subtitle": "",
            "fixed": self.fixed(),
            "warnings": self.warnings(row),
            **(extra_context or {}),
        }
        return super().changeform_view(request, object_id, form_url, told)

    def _ask_first(self, request: HttpRequest, form: Any, touched: list[str]) -> HttpResponse:
        names = [form.add_initial_prefix(name) for name in form.fields]
        shown = [(name, value) for name in names for value in request.POST.getlist(name)]
        told = {"title": gettext("Save these settings?"), "touched": touched, "form": form, "shown": shown}
        told["opts"] = self.opts
        context = {**self.admin_site.each_context(request), **told}
        return TemplateResponse(request, "admin/accounts/settings_touch.html", context)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "auto_redirect_alias":
            kwargs["widget"] = forms.Select(choices=_ways_in())
        if db_field.name == "second_factor_of_roles":
            return forms.MultipleChoiceField(
                label=capfirst(db_field.verbose_name),
                choices=[(name, name) for name in authority().role_names()],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                help_text=db_field.help_text,
            )
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "help_contact":
            field.widget.attrs["placeholder"] = settings.HELP_CONTACT
        if isinstance(field, forms.IntegerField):
            _agree_on_bounds(field, db_field.validators)
        return field

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        if changes := changes_in(form):
            update_general_settings(actor=acting(request), **changes)

    def response_change(self, request: HttpRequest, obj: M) -> HttpResponse:
        self.message_user(request, gettext("Settings saved."))
        return redirect(self._address, obj.pk)

    @property
    def _address(self) -> str:
        return f"admin:accounts_{self.opts.model_name}_change"


@admin.register(GeneralSettings)
class GeneralSettingsAdmin(SettingsPage[GeneralSettings]):
    fieldsets = (
        (gettext_lazy("How long people stay signed in"), {"fields": ("idle_timeout_minutes", "session_hours")}),
        (gettext_lazy("Sign-out"), {"fields": ("logout_redirect_uri",)}),
        (gettext_lazy("Help"), {"fields": ("help_contact",)}),
    )

    def warnings(self, row: GeneralSettings) -> list[str]:
        if row.idle_timeout < row.longest_session:
            return []
        return [never_reached(round(row.idle_timeout / timedelta(minutes=1)), row.session_hours)]


@admin.register(SignInSettings)
class SignInSettingsAdmin(SettingsPage[SignInSettings]):
    fieldsets = (
        (gettext_lazy("Single sign-on"), {"fields": ("auto_redirect_alias",)}),
        (
            gettext_lazy("Second factors"),
            {
                "fields": (
                    "second_factor_of_administrators",
                    "second_factor_of_roles",
                    "second_factor_grace_days",
                    "step_up_minutes",
                ),
                "description": gettext_lazy("People who come through an identity provider show a second factor there."),
            },
        ),
    )

    def warnings(self, row: GeneralSettings) -> list[str]:
        alias = row.auto_redirect_alias
        if not alias or providers().button(alias):
            return []
        return [
            gettext("%(alias)s is not in use, so nobody is sent there: people see the sign-in page.") % {"alias": alias}
        ]

    def fixed(self) -> list[Fixed]:
        return of_signing_in()


@admin.register(TokenSettings)
class TokenSettingsAdmin(SettingsPage[TokenSettings]):
    def get_fieldsets(self, request: HttpRequest, obj: TokenSettings | None = None) -> tuple[()]:
        # Empty `fields` are all fields to Django, those of the other pages of settings.
        return ()

    def has_change_permission(self, request: HttpRequest, obj: TokenSettings | None = None) -> bool:
        return False

    def fixed(self) -> list[Fixed]:
        return of_tokens()


def changes_in(form: Any) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in form.changed_data}


def _agree_on_bounds(field: forms.IntegerField, validators: Any) -> None:
    """Name one least value and one greatest, where Django's field would begin at 0 and the model at 1."""
    least = max(one.limit_value for one in validators if isinstance(one, MinValueValidator))
    greatest = min(one.limit_value for one in validators if isinstance(one, MaxValueValidator))
    why = gettext("A whole number from %(least)s to %(greatest)s.") % {"least": least, "greatest": greatest}
    field.validators = [MinValueValidator(least, why), MaxValueValidator(greatest, why)]
    field.error_messages["invalid"] = why
    field.widget.attrs |= {"min": least, "max": greatest}
    bounds = gettext("From %(least)s to %(greatest)s.") % {"least": least, "greatest": greatest}
    field.help_text = f"{field.help_text} {bounds}"


def _ways_in() -> list[tuple[str, str]]:
    """Return the providers in use; and the one that is set, though it may not be in use any more."""
    names = {"": gettext("the sign-in page, which offers them all")}
    names |= {button.alias: f"{button.name} ({button.alias})" for button in providers().buttons()}
    alias = GeneralSettings.current().auto_redirect_alias
    names.setdefault(alias, gettext("%(alias)s, which is not in use: the sign-in page is shown") % {"alias": alias})
    return list(names.items())
