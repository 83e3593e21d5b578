from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.admin.acting import acting
from accounts.admin.actions import row_action
from accounts.models import User
from common.admin import ServiceAdmin
from tokens.models import Application, Consent
from tokens.services.consents import visible_consents, withdraw
from tokens.services.overview import what_it_may


class ConsentedApplicationFilter(admin.SimpleListFilter):
    """Not by the field: that would answer questions about other fields of the application, letter by letter."""

    title = gettext_lazy("application")
    parameter_name = "client_id"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Those that somebody let in whom the reader may see."""
        consents = model_admin.get_queryset(request).filter(application=OuterRef("pk")).order_by()
        rows = Application.objects.filter(Exists(consents)).order_by("name")
        return list(rows.values_list("client_id", "name"))

    def queryset(self, request: HttpRequest, rows: QuerySet[Consent]) -> QuerySet[Consent]:
        return rows.filter(application__client_id=self.value()) if self.value() else rows


@admin.register(Consent)
class ConsentAdmin(ServiceAdmin[Consent]):
    """Consents that people gave to applications. They give them themselves; an administrator reads, and withdraws."""

    resource_type = "users"
    when_empty = gettext_lazy(
        "Nobody has let an application in yet. People give consent themselves, when they sign in "
        "to one that is not our own."
    )
    list_display = ("user", "application", "given", "created_at")
    list_display_links = ("user",)
    list_filter = (ConsentedApplicationFilter,)
    search_fields = ("user__email", "application__name", "application__display_name")
    sortable_by = ("user", "created_at")
    ordering = ("-updated_at",)
    actions = ("withdraw",)
    fields = ("user", "application", "may", "created_at", "updated_at")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Consent | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Consent]:
        return visible_consents(acting(request)).order_by("-updated_at")

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Return what the audit log says of consent to this application: each is recorded as done to it."""
        consent = self.get_object(request, object_id)
        narrowed = {"entity_id": consent.application_id, "q": "consent:"} if consent else {"q": "consent:"}
        return redirect(f"{reverse('admin:audit_event_changelist')}?{urlencode(narrowed)}")

    @admin.display(description=gettext_lazy("scopes and audiences"))
    def given(self, consent: Consent) -> str:
        return " ".join([*consent.scopes, *consent.audiences])

    @admin.display(description=gettext_lazy("what it may"))
    def may(self, consent: Consent) -> str:
        return "; ".join(what_it_may(consent.application, consent.scopes, consent.audiences))

    @row_action(
        gettext_lazy("Withdraw"),
        takes_away=True,
        title=gettext_lazy("Withdraw consents"),
        sentence=gettext_lazy("The application is signed out of this person's account at once, and has to ask again."),
    )
    def withdraw(self, actor: User, consent: Consent) -> None:
        withdraw(actor=actor, consent=consent)
