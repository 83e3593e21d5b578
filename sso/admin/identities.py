from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.actions import row_action
from accounts.models import User
from sso.admin.managing import ManagingAdmin
from sso.models import Identity
from sso.services.identities import link_identity, unlink_identity


class Linked(admin.SimpleListFilter):
    title = gettext_lazy("user")
    parameter_name = "linked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", gettext("Linked")), ("no", gettext("Not linked"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Identity]) -> QuerySet[Identity]:
        return {"yes": rows.exclude(user=None), "no": rows.filter(user=None)}.get(self.value() or "", rows)


@admin.register(Identity)
class IdentityAdmin(ManagingAdmin[Identity]):
    """List the identities and link them with users. Identities are created by sign-ins, not here."""

    when_empty = gettext_lazy(
        "No directory has brought anybody yet. An entry appears at a person's first sign-in "
        "through a provider, or when you link somebody beforehand."
    )
    list_display = ("email", "provider", "known_as", "user_or_none", "last_seen_at")
    list_filter = (Linked, "provider")
    list_select_related = ("provider", "user")
    search_fields = ("email", "subject", "user__email")
    sortable_by = ("email", "last_seen_at")
    ordering = ("email",)
    actions = ("link", "unlink")
    fields: ClassVar[tuple[str, ...]] = (
        "email",
        "provider",
        "issuer",
        "subject",
        "user_or_none",
        "created_at",
        "last_seen_at",
    )
    readonly_fields: ClassVar[tuple[str, ...]] = fields

    def applies(self, action: str, obj: Identity) -> bool:
        return (action == "link") == (obj.user_id is None)

    @admin.display(description=gettext_lazy("subject at the provider"))
    def known_as(self, identity: Identity) -> str:
        return identity.subject if len(identity.subject) <= 40 else f"{identity.subject[:39]}…"

    @admin.display(description=gettext_lazy("user"))
    def user_or_none(self, identity: Identity) -> SafeString | str:
        if identity.user is None:
            return gettext("not linked: can't sign in")
        page = reverse("admin:accounts_user_change", args=[identity.user.pk])
        return format_html('<a href="{}">{}</a>', page, identity.user)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the history of the identity's user, where linking is recorded; once unlinked, by the e-mail."""
        identity = self.get_object(request, unquote(object_id))
        if identity is None or not self.has_view_permission(request, identity):
            raise Http404
        if identity.user is not None:
            return super().history_view(request, str(identity.user.pk))
        return redirect(f"{reverse('admin:audit_event_changelist')}?{urlencode({'q': identity.email})}")

    @row_action(
        gettext_lazy("Link with the user of this e-mail"),
        title=gettext_lazy("Link"),
        sentence=gettext_lazy(
            "Whoever the directory knows under this identity signs in as the user with the same e-mail."
        ),
    )
    def link(self, actor: User, identity: Identity) -> None:
        link_identity(actor=actor, identity=identity)

    @row_action(
        gettext_lazy("Unlink"),
        takes_away=True,
        sentence=gettext_lazy("The user stays, but can't sign in by it any more; the sessions that it began end."),
    )
    def unlink(self, actor: User, identity: Identity) -> None:
        unlink_identity(actor=actor, identity=identity)
