"""The part of the tree's own page: who has a role here, given here or above, and what lies below."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from access.models import AccessRule, Scope, ScopeType
from access.services import visible_scopes
from access.services.here import grantable_here, may_read_here, rules_here
from accounts.admin.acting import acting
from audit.admin.tab import events_tab
from common.dossier import Tab

MOST_BELOW = 50
MOST_RULES = 200  # whose events are shown with those of their scope

PAGES = {ScopeType.DEPARTMENT.value: "department", ScopeType.PROJECT.value: "project"}


def page_of(scope: Scope) -> str:
    """Return the address of the page that shows who has a role in this scope."""
    return reverse(f"admin:access_{PAGES.get(scope.type, 'scope')}_access", args=[scope.pk])


def go_to_scope(request: HttpRequest, pk: str) -> HttpResponse:
    """Lead to the page of a scope, of whichever type it is."""
    scope = visible_scopes(acting(request)).filter(pk=pk).first()
    if scope is None:
        raise Http404
    return redirect(page_of(scope))


def who(request: HttpRequest, obj: Scope) -> dict[str, Any]:
    """Return what the tab *Access* shows of a scope."""
    reader = acting(request)
    scope = Scope.objects.get(pk=obj.pk)
    here = rules_here(reader=reader, scope=scope)
    below = list(visible_scopes(reader).filter(parent=scope.pk).order_by("name")[: MOST_BELOW + 1])
    return {
        "levels": list(reversed(here.levels)),
        "hidden": here.hidden,
        "roles": grantable_here(reader, scope),
        "below": below[:MOST_BELOW],
        "more_below": len(below) > MOST_BELOW,
    }


def _of_rules(scope: Scope) -> Q:
    """Take the entries about the last rules that were made or ended in the scope."""
    rules = AccessRule.objects.filter(scope=scope.pk).order_by("-pk").values_list("pk", flat=True)[:MOST_RULES]
    return Q(entity_type=AccessRule._meta.object_name, entity_id__in=[str(pk) for pk in rules])


def reads_rules(request: HttpRequest, obj: Scope) -> bool:
    """Return True if the tab *Access* of a scope is open to the reader."""
    return obj.pk in may_read_here(acting(request), obj)


TABS = (
    Tab("access", "admin/access/here.html", who, reads_rules),
    events_tab(gettext_lazy("Changes of this part of the tree and of its access rules appear here."), also=_of_rules),
)
