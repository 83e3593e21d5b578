"""A person's page beyond the form: what they may do, their groups, sessions, second factors, events and clusters."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.models import Group, Session, User
from accounts.ports.authority import authority
from accounts.ports.sections import sections
from accounts.services.recovery_codes import codes_left
from accounts.services.throttle import locked_until
from audit.admin.tab import events_tab
from common.columns import when
from common.dossier import DossierAdmin, Tab

MOST_SHOWN = 50


def states(user: User) -> list[tuple[str, str]]:
    """Return as badges what an administrator has to know of an account."""
    shown = [(gettext("enabled"), "good") if user.enabled else (gettext("disabled"), "wrong")]
    if user.second_factor_since:
        shown.append((gettext("second factor"), "good"))
    if user.must_change_password:
        shown.append((gettext("must change password"), "warn"))
    if not user.email_verified:
        shown.append((gettext("address not verified"), "warn"))
    return shown


def way_in(user: User) -> str:
    """Say by what the person signs in."""
    if user.is_local:
        return gettext("with a password")
    return gettext("through %(provider)s") % {"provider": user.source or gettext("a provider that was removed")}


class PersonPage(DossierAdmin[User]):
    """The head and the tabs of a person's page. A tab asks for what the list of its rows asks for."""

    def heading(self, obj: User) -> str:
        return obj.full_name or obj.email

    def states(self, obj: User) -> list[tuple[str, str]]:
        """Add whether the account is locked, which takes a look at its last tries."""
        until = locked_until(obj)
        locked = [(gettext("locked until %(time)s UTC") % {"time": f"{until:%H:%M}"}, "wrong")] if until else []
        return [*states(obj), *locked]

    def told(self, obj: User) -> str:
        signs_in = gettext("signs in %(from_where)s") % {"from_where": way_in(obj)}
        if obj.last_login is None:
            return " · ".join((obj.email, signs_in, gettext("never yet")))
        return format_html("{} · {} · {} {}", obj.email, signs_in, gettext("last signed in"), when(obj.last_login))

    @admin.display(description=gettext_lazy("passwords"))
    def locked(self, user: User) -> str:
        until = locked_until(user)
        if until is None:
            return gettext("tried as usual")
        return gettext("refused until %(time)s UTC, since too many were wrong. Unlocking ends it.") % {
            "time": f"{until:%Y-%m-%d %H:%M}"
        }

    def tabs(self) -> tuple[Tab, ...]:
        return (
            Tab("access", "admin/dossier.html", partial(_sections, "access"), _may_read_rules),
            Tab("groups", "admin/accounts/person_groups.html", _groups, _may_list(Group)),
            Tab("sessions", "admin/accounts/person_sessions.html", _sessions, _may_list(Session)),
            Tab("factors", "admin/accounts/person_factors.html", _factors, label=gettext_lazy("Second factors")),
            events_tab(gettext_lazy("Sign-ins, changes and refusals of this person appear here.")),
            Tab("clusters", "admin/accounts/person_clusters.html", partial(_sections, "clusters")),
        )


def _may_read_rules(request: HttpRequest, user: User) -> bool:
    return request.user.has_perm("access_rules.read")


def _may_list(model: type[Model]) -> Callable[[HttpRequest, User], bool]:
    return lambda request, user: admin.site._registry[model].has_view_permission(request)


def _sections(page: str, request: HttpRequest, user: User) -> dict[str, Any]:
    return {"sections": sections(f"user:{page}", about=user, reader=acting(request))}


def _groups(request: HttpRequest, user: User) -> dict[str, Any]:
    readable: QuerySet[Group] = authority().visible_groups(acting(request))
    memberships = user.membership_set.filter(group__in=readable).select_related("group").order_by("group__name")
    return {"memberships": memberships, "may_add": request.user.has_perm("groups.update")}


def _sessions(request: HttpRequest, user: User) -> dict[str, Any]:
    shown = list(user.sessions.order_by("-last_active_at")[: MOST_SHOWN + 1])
    return {
        "sessions": shown[:MOST_SHOWN],
        "more": len(shown) > MOST_SHOWN,
        "may_end": request.user.has_perm("users.update"),
    }


def _factors(request: HttpRequest, user: User) -> dict[str, Any]:
    return {"factors": user.factors.all(), "codes_left": codes_left(user)}
