"""A page about one thing in parts, each with an address of its own under the same head: state, actions, tabs."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext

from common.admin import M, ServiceAdmin

DETAILS = "details"


class Tab(NamedTuple):
    """A part of the page: who may open it, and what its template shows."""

    name: str
    template: str
    show: Callable[[HttpRequest, Any], dict[str, Any]]
    is_open: Callable[[HttpRequest, Any], bool]


class DossierAdmin(ServiceAdmin[M], Generic[M]):
    """An admin page whose form is the tab *Details*; `tabs` are the others."""

    change_form_template = "admin/dossier_form.html"

    def tabs(self) -> Sequence[Tab]:
        return ()

    def states(self, obj: M) -> Sequence[tuple[str, str]]:
        """Return badges: the words, and good, warn, wrong or nothing."""
        return ()

    def told(self, obj: M) -> str:
        """Return what the head says beside the badges."""
        return ""

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:pk>/{tab.name}/", self.admin_site.admin_view(partial(self._tab, tab)), name=self._name(tab.name)
            )
            for tab in self.tabs()
        ]
        return [*own, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if obj := kwargs.get("obj"):
            context |= self._head(request, obj, DETAILS)
        return super().render_change_form(request, context, *args, **kwargs)

    def _head(self, request: HttpRequest, obj: M, here: str) -> dict[str, Any]:
        names = [DETAILS, *(tab.name for tab in self.tabs() if tab.is_open(request, obj))]
        return {
            "title": str(obj),
            "subtitle": "",
            "states": self.states(obj),
            "told": self.told(obj),
            "tabs": [(capfirst(name), self._address(name, obj), name == here) for name in names],
        }

    def _tab(self, tab: Tab, request: HttpRequest, pk: str) -> HttpResponse:
        obj = self.get_object(request, pk)
        if obj is None:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        if not self.has_view_permission(request, obj) or not tab.is_open(request, obj):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            **self._head(request, obj, tab.name),
            "opts": self.opts,
            "original": obj,
            "change": True,
            "row_actions": self.row_actions(request, obj),
            "row_links": self.links_of(obj),
            "tab": tab.name,
            "tab_label": gettext(capfirst(tab.name)),
            **tab.show(request, obj),
        }
        return TemplateResponse(request, tab.template, context)

    def _name(self, tab: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{'change' if tab == DETAILS else tab}"

    def _address(self, tab: str, obj: M) -> str:
        return reverse(f"admin:{self._name(tab)}", args=[obj.pk])
