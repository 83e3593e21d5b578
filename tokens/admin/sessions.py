from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.sessions import SessionAdmin
from accounts.models import Session
from common.columns import when
from tokens.models import Grant

# The page of accounts, which knows of no applications, gives way to one that shows them.
admin.site.unregister(Session)


@admin.register(Session)
class SessionWithApplicationsAdmin(SessionAdmin):
    list_display = ("user", "kind", "applications", "source_ip", "last_used", "ends", "revoked_at")
    fields = (*SessionAdmin.fields, "grants")
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).prefetch_related("grants__application")

    @admin.display(description=gettext_lazy("signed in to"))
    def applications(self, session: Session) -> str:
        """List the applications by which a device goes on, and beside the pages here what a browser signed in to."""
        return ", ".join(sorted({grant.application.title for grant in session.grants.all()}))

    @admin.display(description=gettext_lazy("last used"), ordering="last_active_at")
    def last_used(self, session: Session) -> SafeString | str:
        """Devices are used by refreshing."""
        return when(max([session.last_active_at, *(grant.rotated_at for grant in session.grants.all())]))

    @admin.display(description=gettext_lazy("what it gave"))
    def grants(self, session: Session) -> str:
        grants = sorted(session.grants.all(), key=lambda grant: grant.created_at)
        return format_html_join("", "<div>{}</div>", ((_in_words(grant),) for grant in grants)) or gettext("nothing")


def _in_words(grant: Grant) -> str:
    audience = grant.audience or (gettext("the control plane") if grant.application.first_party else gettext("itself"))
    nothing = gettext("no scope")
    told = [
        f"{grant.application}: {grant.scope or nothing}",
        gettext("for %(audience)s") % {"audience": audience},
        gettext("last used %(time)s") % {"time": f"{grant.rotated_at:%Y-%m-%d %H:%M}"},
    ]
    if grant.revoked_at:
        told.append(gettext("ended %(time)s") % {"time": f"{grant.revoked_at:%Y-%m-%d %H:%M}"})
    return ", ".join(told)
