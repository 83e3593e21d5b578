"""Settings: Mail. The mail server, what is sent, and what became of the last mails."""

import json
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.admin.settings import SettingsForm, SettingsPage, changes_in
from accounts.models import GeneralSettings, Mail, MailSettings
from accounts.models.mail import USUAL_PORTS
from accounts.services.mail import send_test_mail
from accounts.services.mail_settings import try_mail_server, update_mail_settings
from common.errors import DomainError
from common.smtp import Undelivered
from common.translating import translated

SHOWN = 20


class MailForm(SettingsForm):
    mail_password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
        help_text=gettext_lazy("Kept encrypted, and never shown again. Blank: it stays as it is."),
    )
    mail_untried = forms.BooleanField(
        label=gettext_lazy("Save without trying the server"),
        required=False,
        help_text=gettext_lazy("Otherwise it is tried first: the connection, its encryption and the sign-in. No mail."),
    )
    port_for = forms.CharField(required=False, widget=forms.HiddenInput, max_length=10)
    """The encryption to which the port belongs that the form shows; blank once somebody typed one (admin.js)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["port_for"] = self.instance.mail_security
        if "mail_security" in self.fields:
            self.fields["mail_security"].widget.attrs["data-ports"] = json.dumps(USUAL_PORTS)

    def clean(self) -> dict[str, Any]:
        """Suggest the port of another encryption, once, where the one from before was left."""
        given = super().clean()
        before, now = given.get("port_for"), given.get("mail_security")
        if before != now and now in USUAL_PORTS and given.get("mail_port") == USUAL_PORTS.get(before or ""):
            self.data = {**self.data.dict(), "mail_port": USUAL_PORTS[now], "port_for": ""}  # type: ignore[attr-defined]  # a QueryDict
            said = gettext("This encryption usually has port %(port)s. Save it, or type the one that your server has.")
            self.add_error("mail_port", said % {"port": USUAL_PORTS[now]})
        return given


@admin.register(MailSettings)
class MailSettingsAdmin(SettingsPage[MailSettings]):
    form = MailForm
    change_form_template = "admin/accounts/mail.html"
    fieldsets = (
        (
            gettext_lazy("Mail server"),
            {
                "fields": (
                    "mail_host",
                    "mail_port",
                    "mail_security",
                    "mail_username",
                    "mail_password",
                    "mail_from",
                    "mail_untried",
                    "port_for",
                )
            },
        ),
        (gettext_lazy("What is sent to people"), {"fields": ("mail_recovery", "mail_notices", "mail_new_places")}),
        (gettext_lazy("What is sent to administrators"), {"fields": ("mail_attention",)}),
    )

    def get_urls(self) -> list[URLPattern]:
        test = self.admin_site.admin_view(self.send_test)
        return [path("test/", test, name="accounts_mailsettings_test"), *super().get_urls()]

    def warnings(self, row: GeneralSettings) -> list[str]:
        if row.sends_mail:
            return []
        return [
            gettext(
                "No mail is sent, since no mail server is set. Invitation links and temporary passwords "
                "are shown to you when you make them, to hand over yourself."
            )
        ]

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        may = self.has_change_permission(request)
        # They name people, whom not everybody sees who may read the settings.
        told = {"mails": Mail.objects.all()[:SHOWN] if may else [], "may_test": may and self.model.current().sends_mail}
        return super().changeform_view(request, object_id, form_url, {**told, **(extra_context or {})})

    def save_model(self, request: HttpRequest, obj: MailSettings, form: Any, change: bool) -> None:
        changes = changes_in(form)
        password = changes.pop("mail_password", "")
        changes.pop("port_for", None)
        untried = changes.pop("mail_untried", False)
        if not untried:
            try_mail_server(actor=acting(request), password=password, **changes)
        if changes or password:
            update_mail_settings(actor=acting(request), password=password, **changes)

    def send_test(self, request: HttpRequest) -> HttpResponse:
        """Send one to whoever asks, and to nobody else."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            to = acting(request).email
            try:
                send_test_mail(to=to)
            except Undelivered as refusal:
                self.message_user(
                    request,
                    gettext("The test mail was not sent. %(reason)s") % {"reason": refusal.reason},
                    messages.ERROR,
                )
            except DomainError as refusal:
                self.message_user(request, translated(refusal.message), messages.ERROR)
            else:
                self.message_user(
                    request,
                    gettext("The mail server took the test mail to %(to)s. Look whether it arrives.") % {"to": to},
                )
        return redirect("admin:accounts_mailsettings_change", GeneralSettings.ONLY_ID)
