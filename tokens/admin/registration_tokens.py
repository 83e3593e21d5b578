from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from accounts.admin.acting import acting
from common.admin import Revealed, ServiceAdmin
from common.wording import Wording
from tokens.models import RegistrationToken
from tokens.services.registration import (
    LONGEST_LIFE,
    MOST_USES,
    create_registration_token,
    delete_registration_token,
    visible_registration_tokens,
)


class RegistrationTokenForm(forms.ModelForm[RegistrationToken]):
    uses = forms.IntegerField(
        min_value=1,
        max_value=MOST_USES,
        initial=1,
        help_text=gettext_lazy("How many clients may be registered with it."),
    )
    days = forms.IntegerField(
        min_value=1, max_value=LONGEST_LIFE.days, initial=7, help_text=gettext_lazy("After so many days it is refused.")
    )

    class Meta:
        model = RegistrationToken
        fields = ("note",)


@admin.register(RegistrationToken)
class RegistrationTokenAdmin(ServiceAdmin[RegistrationToken]):
    """Initial access tokens. There is nothing to change in one, nor a page to look at: it is known by its hash."""

    resource_type = "apps"
    when_empty = gettext_lazy(
        "No registration token yet. With one, clients register themselves: add it, and hand it to whoever sets them up."
    )
    form = RegistrationTokenForm
    fields = ("note", "uses", "days")
    list_display = ("note", "uses_left", "expires_at", "created_by", "created_at")
    list_display_links = None
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RegistrationToken]:
        return visible_registration_tokens(acting(request)).order_by("-created_at")

    def has_change_permission(self, request: HttpRequest, obj: RegistrationToken | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: RegistrationToken, form: Any, change: bool) -> None:
        given = form.cleaned_data
        token, secret = create_registration_token(
            actor=acting(request), note=given["note"], uses=given["uses"], lifetime=timedelta(days=given["days"])
        )
        obj.pk = token.pk
        endpoint = f"{settings.ISSUER}/protocol/openid-connect/registrations"
        advice = Wording(
            "A program that sends it as bearer token to {endpoint} registers a client (RFC 7591).", endpoint=endpoint
        )
        self.reveal(
            request,
            Revealed(
                Wording("Initial access token for {token}", token=token),
                Wording("Initial access token"),
                secret,
                advice,
            ),
        )

    def delete_model(self, request: HttpRequest, obj: RegistrationToken) -> None:
        delete_registration_token(actor=acting(request), token=obj)
