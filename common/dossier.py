"""A page about one thing in parts, each with an address of its own under the same head: state, actions, tabs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext

from common.admin import M, ServiceAdmin
from common.request_values import RequestValue

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

DETAILS = "details"

_FORM: RequestValue[str] = RequestValue()
"""The tab whose part of the form the request is about."""


def for_everybody(request: HttpRequest, obj: Any) -> bool:
    """Open a tab to everybody who may open the page."""
    return True


@dataclass(frozen=True)
class Tab:
    """A part of the page: who may open it, and what its template shows."""

    name: str
    template: str
    show: Callable[[HttpRequest, Any], dict[str, Any]]
    is_open: Callable[[HttpRequest, Any], bool] = for_everybody
    label: "StrOrPromise" = ""

    @property
    def title(self) -> str:
        return str(self.label) or gettext(capfirst(self.name))


class FormTab(Tab):
    """A part of the form, with the fields that `get_fieldsets` returns while `part_of_form` is the tab's name."""


class DossierAdmin(ServiceAdmin[M], Generic[M]):
    """An admin page whose form is the tab *Details*; `tabs` are the others."""

    change_form_template = "admin/dossier_form.html"

    def tabs(self) -> Sequence[Tab]:
        return ()

    def heading(self, obj: M) -> str:
        return str(obj)

    def states(self, obj: M) -> Sequence[tuple[str, str]]:
        """Return badges: the words, and good, warn, wrong or nothing."""
        return ()

    def told(self, obj: M) -> str:
        """Return what the head says beside the badges."""
        return ""

    def get_urls(self) -> list[URLPattern]:
        own = [path(f"<path:pk>/{tab.name}/", self._view(tab), name=self._name(tab.name)) for tab in self.tabs()]
        return [*own, *super().get_urls()]

    def _view(self, tab: Tab) -> Any:
        if not isinstance(tab, FormTab):
            return self.admin_site.admin_view(partial(self._tab, tab))
        view: Any = self.admin_site.admin_view(partial(self._form_tab, tab))
        view.model_admin = self  # as Django's own views of the form: where one takes a file, so does its tab
        return view

    def part_of_form(self, request: HttpRequest) -> str:
        """Return the name of the tab whose fields the form has: Details, unless it is another part's address."""
        return _FORM.of(request) or DETAILS

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        """Leave out the fields of other tabs that the form's class declares: Django keeps those in any case."""
        form: Any = kwargs.get("form", self.form)
        if obj is not None:
            typed = {*flatten_fieldsets(self.get_fieldsets(request, obj))} - {*self.get_readonly_fields(request, obj)}
            left_out = dict.fromkeys(name for name in form.declared_fields if name not in typed)
            kwargs["form"] = type(form)(form.__name__, (form,), left_out)
        return super().get_form(request, obj, change=change, **kwargs)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        obj, here = kwargs.get("obj"), self.part_of_form(request)
        if obj is None:
            return super().render_change_form(request, context, *args, **kwargs)
        context |= self._head(request, obj, here)
        tab = next((one for one in self.tabs() if one.name == here), None)
        if tab is None:
            return super().render_change_form(request, context, *args, **kwargs)
        context |= {"tab": tab.name, "tab_label": tab.title, **tab.show(request, obj)}
        page: Any = super().render_change_form(request, context, *args, **kwargs)
        page.template_name = tab.template
        return page  # type: ignore[no-any-return]  # Django's stubs know no TemplateResponse here

    def response_post_save_change(self, request: HttpRequest, obj: M) -> HttpResponseRedirect:
        """Stay on a tab that holds a part of the form."""
        here = self.part_of_form(request)
        return super().response_post_save_change(request, obj) if here == DETAILS else redirect(request.path)

    def _head(self, request: HttpRequest, obj: M, here: str) -> dict[str, Any]:
        tabs = [(DETAILS, gettext(capfirst(DETAILS)))]
        tabs += [(tab.name, tab.title) for tab in self.tabs() if tab.is_open(request, obj)]
        return {
            "title": self.heading(obj),
            "subtitle": "",
            "states": self.states(obj),
            "told": self.told(obj),
            "tabs": [(label, self._address(name, obj), name == here) for name, label in tabs],
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
            "tab_label": tab.title,
            **tab.show(request, obj),
        }
        return TemplateResponse(request, tab.template, context)

    def _form_tab(self, tab: Tab, request: HttpRequest, pk: str) -> HttpResponse:
        _FORM.set(request, tab.name)
        return self.change_view(request, pk)

    def _name(self, tab: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{'change' if tab == DETAILS else tab}"

    def _address(self, tab: str, obj: M) -> str:
        return reverse(f"admin:{self._name(tab)}", args=[obj.pk])
