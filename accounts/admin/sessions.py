from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import DurationField, Q, QuerySet, Value
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.admin.actions import row_action
from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import idle
from accounts.ports.authority import authority
from accounts.ports.cut_off import cut_off_in_clusters
from accounts.services.browser import ends_at
from accounts.services.sessions import revoke_session
from audit.words import reason_in_words
from common.admin import ServiceAdmin
from common.columns import when


class Liveness(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("live", gettext("Live")), ("over", gettext("Over"))]

    def queryset(self, request: HttpRequest, rows: QuerySet[Session]) -> QuerySet[Session]:
        live = ~idle(GeneralSettings.current().idle_timeout) & Q(revoked_at=None, expires_at__gt=timezone.now())
        if self.value() == "live":
            return rows.filter(live)
        return rows.exclude(live) if self.value() == "over" else rows


@admin.register(Session)
class SessionAdmin(ServiceAdmin[Session]):
    """Sessions in which people are signed in. They are read, and ended."""

    resource_type = "users"
    when_empty = gettext_lazy("Nobody is signed in. A session appears here as soon as somebody signs in.")
    list_display: tuple[str, ...] = (
        "user",
        "kind",
        "source_ip",
        "created_at",
        "last_active_at",
        "ends",
        "revoked_at",
    )
    list_filter = (Liveness, "kind")
    list_select_related = ("user",)
    search_fields = ("user__email", "source_ip")
    sortable_by = ("user", "last_active_at", "last_used")
    ordering = ("-last_active_at",)
    actions = ("end",)
    fields: ClassVar[tuple[str, ...]] = (
        "user",
        "kind",
        "method",
        "source_ip",
        "user_agent",
        "created_at",
        "last_active_at",
        "ends",
        "expires_at",
        "revoked_at",
        "why_revoked",
    )
    readonly_fields: ClassVar[tuple[str, ...]] = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        in_force = Value(GeneralSettings.current().idle_timeout, DurationField())
        visible = authority().of_visible_users(acting(request), super().get_queryset(request))
        return visible.annotate(idle_timeout=in_force)

    @admin.display(description=gettext_lazy("Ends"))
    def ends(self, session: Session) -> SafeString | str | None:
        """Tell when it ends if nothing happens."""
        if session.revoked_at is not None:
            return None
        return when(ends_at(session, session.idle_timeout))  # type: ignore[attr-defined]  # annotated by get_queryset

    @admin.display(description=gettext_lazy("Revoked because"))
    def why_revoked(self, session: Session) -> str:
        return reason_in_words(session.revoked_because) or "-"

    def applies(self, action: str, obj: Session) -> bool:
        return not obj.is_over

    @row_action(
        gettext_lazy("End"),
        takes_away=True,
        title=gettext_lazy("End sessions"),
        sentence=gettext_lazy("Signed out there at once, together with the tokens that came of it."),
        also=cut_off_in_clusters,
    )
    def end(self, actor: User, session: Session) -> None:
        revoke_session(actor=actor, session=session, because="ended by an administrator")
