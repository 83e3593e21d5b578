from datetime import datetime

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from accounts.admin.sessions import SessionAdmin
from accounts.models import Session
from tokens.models import RefreshChain

# The page of accounts, which knows of no applications, gives way to one that shows them.
admin.site.unregister(Session)


@admin.register(Session)
class SessionWithApplicationsAdmin(SessionAdmin):
    list_display = ("user", "kind", "applications", "source_ip", "last_used", "ends", "revoked_at")
    fields = (*SessionAdmin.fields, "grants")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).prefetch_related("refresh_chains__application")

    @admin.display(description="signed in to")
    def applications(self, session: Session) -> str:
        """By what a device goes on; beside the pages here, what was signed in to from a browser."""
        return ", ".join(sorted({chain.application.title for chain in session.refresh_chains.all()}))

    @admin.display(description="last used", ordering="last_active_at")
    def last_used(self, session: Session) -> datetime:
        """Devices are used by refreshing."""
        return max([session.last_active_at, *(chain.rotated_at for chain in session.refresh_chains.all())])

    @admin.display(description="what it gave")
    def grants(self, session: Session) -> str:
        chains = sorted(session.refresh_chains.all(), key=lambda chain: chain.created_at)
        return format_html_join("", "<div>{}</div>", ((_in_words(chain),) for chain in chains)) or "nothing"


def _in_words(chain: RefreshChain) -> str:
    audience = chain.audience or ("the control plane" if chain.application.first_party else "itself")
    used = f"last used {chain.rotated_at:%Y-%m-%d %H:%M}"
    ended = f", ended {chain.revoked_at:%Y-%m-%d %H:%M}" if chain.revoked_at else ""
    return f"{chain.application}: {chain.scope or 'no scope'}, for {audience}, {used}{ended}"
