"""The tab *Events* of a page about one thing."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from audit.models import Event
from common.dossier import Tab

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_SHOWN = 50


def events_tab(when_none: "StrOrPromise", *, also: Callable[[Any], Q] | None = None) -> Tab:
    """Make the tab with the newest entries about or by the object, and those that `also` takes."""

    def show(request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {
            "events": Event.objects.latest_about(str(obj.pk), most=MOST_SHOWN, also=also(obj) if also else None),
            "all_of": f"entity_id={obj.pk}",
            "when_no_event": when_none,
        }

    def is_open(request: HttpRequest, obj: Any) -> bool:
        return admin.site._registry[Event].has_view_permission(request)

    return Tab("events", "admin/dossier_events.html", show, is_open)
