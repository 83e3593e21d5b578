"""A person's page beyond the form: what they may do, their groups, sessions, second factors, events and clusters.

Each is a page with an address of its own, under the same head: who it is, in which state, and what can be done now.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_lazy

from accounts.admin.acting import acting
from accounts.models import Group, Session, User
from accounts.ports.authority import authority
from accounts.ports.sections import sections
from accounts.services.recovery_codes import codes_left
from accounts.services.throttle import locked_until
from audit.models import Event

MOST_SHOWN = 50
TABS = ("details", "access", "groups", "sessions", "factors", "events", "clusters")
LABELS = {"factors": gettext_lazy("Second factors")}


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


def head(request: HttpRequest, user: User, tab: str) -> dict[str, Any]:
    """Return what the head of each of the pages needs."""
    until = locked_until(user)
    locked = [(gettext("locked until %(time)s UTC") % {"time": f"{until:%H:%M}"}, "wrong")] if until else []
    return {
        "title": user.full_name or user.email,
        "subtitle": "",
        "person": user,
        "states": [*states(user), *locked],
        "from_where": way_in(user),
        "tabs": [
            (name, _label(name), _address(user, name), name == tab) for name in TABS if _shown(request, user, name)
        ],
    }


def urls(page: ModelAdmin[User]) -> list[URLPattern]:
    shows: dict[str, Callable[[HttpRequest, User], dict[str, Any]]] = {
        "access": partial(_sections, "access"),
        "groups": _groups,
        "sessions": _sessions,
        "factors": _factors,
        "events": _events,
        "clusters": partial(_sections, "clusters"),
    }
    return [
        path(
            f"<uuid:pk>/{tab}/",
            page.admin_site.admin_view(partial(_tab, page, tab, show)),
            name=f"accounts_user_{tab}",
        )
        for tab, show in shows.items()
    ]


def _tab(page: Any, tab: str, show: Any, request: HttpRequest, pk: object) -> HttpResponse:
    user: User | None = page.get_object(request, str(pk))
    if user is None:
        return redirect("admin:accounts_user_changelist")
    if not page.has_view_permission(request, user) or not _shown(request, user, tab):
        raise PermissionDenied
    context = {
        **page.admin_site.each_context(request),
        **head(request, user, tab),
        "opts": page.opts,
        "original": user,
        "row_actions": page.row_actions(request, user),
        "tab": tab,
        "tab_label": _label(tab),
        **show(request, user),
    }
    return TemplateResponse(request, f"admin/accounts/person_{tab}.html", context)


def _label(tab: str) -> str:
    return str(LABELS.get(tab) or gettext(capfirst(tab)))


def _address(user: User, tab: str) -> str:
    return reverse(f"admin:accounts_user_{'change' if tab == 'details' else tab}", args=[user.pk])


def _shown(request: HttpRequest, user: User, tab: str) -> bool:
    """A tab asks for what the list of its rows asks for."""
    if tab == "access":
        return request.user.has_perm("access_rules.read")
    listing = {"groups": Group, "sessions": Session, "events": Event}.get(tab)
    return listing is None or admin.site._registry[listing].has_view_permission(request)


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


def _events(request: HttpRequest, user: User) -> dict[str, Any]:
    return {"events": Event.objects.latest_about(str(user.pk), most=MOST_SHOWN), "all_of": f"entity_id={user.pk}"}
