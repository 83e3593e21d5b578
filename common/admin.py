"""Django's admin over our verbs: every write goes through a service, and permissions come from access rules."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext

from common.admin_forms import ChoosesRows, M, Revealed, ShownOnce, is_key, refuse_moved, refusing, remembering, takes
from common.errors import DomainError, Invalid
from common.expectations import expect, expecting
from common.list_pages import ListPage
from common.once import note_shown
from common.request_values import RequestValue
from common.row_actions import RowAction, asked_about, takes_away
from common.translating import translated

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

__all__ = ["M", "Revealed", "ServiceAdmin", "ShownOnce"]

REFUSAL: RequestValue[DomainError] = RequestValue()
"""The refusal of a verb, which the form of the same request shows."""
MADE: RequestValue[ShownOnce] = RequestValue()
"""A secret that a verb made, which the response to the same request shows."""

MOST_AT_ONCE = 100
MOST_TOLD = 20  # rows of which a confirmation says what goes with them


class ServiceAdmin(ChoosesRows[M], ListPage[M]):
    """A page whose `save_model` and `delete_model` call verbs.

    `resource_type` is asked for as `<resource type>.<read|create|update|delete>`; a refusal of a verb stands in the
    form, with everything that was typed; `reveal()` shows a new secret once, on the answer to the very request.
    """

    resource_type: str
    prefilled: tuple[str, ...] = ()
    """Fields of the form to add one, which links of ours fill in."""
    change_form_template = "admin/acting_form.html"
    delete_confirmation_template = "admin/delete.html"

    when_empty: "StrOrPromise" = ""
    """What an empty list says: what its rows are, and how the first one comes to be."""

    @property
    def media(self) -> Media:
        """None: our pages do without Django's scripts, and fields that search bring their own."""
        return Media()

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return request.user.has_perm(f"{self.resource_type}.read", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(f"{self.resource_type}.create")

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return request.user.has_perm(f"{self.resource_type}.update", obj)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return request.user.has_perm(f"{self.resource_type}.delete", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def deletion_means(self) -> Sequence[str]:
        """More sentences for the pages that ask to confirm a deletion."""
        return ()

    def deletion_takes(self, request: HttpRequest, obj: M) -> Sequence[str]:
        """Sentences on what goes with this row, or stands in the way."""
        return ()

    # The trail is `audit`, written by the verbs; Django's own LogEntry would be a second, weaker one.
    def log_addition(self, request: HttpRequest, obj: M, message: Any) -> None:  # type: ignore[override]
        pass

    def log_change(self, request: HttpRequest, obj: M, message: Any) -> None:  # type: ignore[override]
        pass

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None:  # type: ignore[override]
        pass

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        """Without Django's transaction around it: each verb has its own, and some fetch something before it begins."""
        if object_id:
            extra_context = {"title": capfirst(self.opts.verbose_name), **(extra_context or {})}
        view = self._changeform_view  # type: ignore[attr-defined]  # Django's own, which the stubs leave out
        with expecting():
            try:
                return view(request, object_id, form_url, extra_context)
            except DomainError as refusal:
                self.refuse(request, refusal)
                return view(request, object_id, form_url, extra_context)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Let the verb compare what the form was compared with: somebody else may save between the two."""
        if change:
            expect(form.instance, partial(refuse_moved, form))
        return super().save_form(request, form, change)

    def applies(self, action: str, obj: M) -> bool:
        """Return whether the page of `obj` offers this action."""
        return True

    def row_actions(self, request: HttpRequest, obj: M) -> list[RowAction]:
        """Return the actions that apply to this one row and that who asks may take."""
        offered = {name: action for name, action in self.get_actions(request).items() if action}
        return [
            RowAction(name, label, takes_away(action))
            for name, (action, _, label) in offered.items()
            if name != "delete_selected" and self.applies(name, obj)
        ]

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: M | None = None,
    ) -> HttpResponse:
        """Offer this page's actions for its one object too."""
        context["row_actions"] = self.row_actions(request, obj) if obj else []
        context["row_links"] = self.links_of(obj) if obj else []
        if not {*flatten_fieldsets(self.get_fieldsets(request, obj))} - {*self.get_readonly_fields(request, obj)}:
            context["show_save"] = context["show_save_and_continue"] = False
        if change:
            context["show_save_and_add_another"] = False
        context["has_history"] = request.user.has_perm("events-history.read")
        return super().render_change_form(request, context, add, change, form_url, obj)

    def links_of(self, obj: M) -> list[tuple[str, str]]:
        """Return the address and the text of each page to which this object's page leads."""
        return []

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = capfirst(self.opts.verbose_name_plural)
        try:
            told = {"title": title, "when_empty": self.when_empty, **(extra_context or {})}
            return super().changelist_view(request, told)
        except Invalid as refusal:
            context = {**self.admin_site.each_context(request), "title": title, "opts": self.opts, "refusal": refusal}
            return TemplateResponse(request, "admin/refused_list.html", context, status=400)

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[M], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Say so where what was chosen is no row: Django asks the database for whatever it is given."""
        if all(is_key(self.opts, chosen) for chosen in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            return super().response_action(request, queryset, *args, **kwargs)
        self.message_user(request, gettext("Choose rows of this list."), messages.ERROR)
        return None

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # rows of other lists are made on their own pages, not on the way
        return field

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        form = self.get_form(request)()
        return {name: given[name] for name in self.prefilled if name in given and takes(form, name, str(given[name]))}

    def confirmed(
        self,
        request: HttpRequest,
        rows: QuerySet[M],
        verb: Callable[[M], object],
        *,
        title: "StrOrPromise",
        sentence: "StrOrPromise",
        also: Callable[[], Sequence[str]] = tuple,
    ) -> HttpResponse | None:
        """Ask first, then call `verb` for each row and show what it refuses, or the secret that it makes.

        `also` is asked for more sentences, below the first. Actions come here by `row_action` (accounts.admin.actions).
        """
        chosen = list(rows[: MOST_AT_ONCE + 1])
        if len(chosen) > MOST_AT_ONCE:
            told = gettext("Choose at most %(most_at_once)s at once.") % {"most_at_once": MOST_AT_ONCE}
            self.message_user(request, told, messages.ERROR)
            return None
        if not chosen:
            told = gettext("%(title)s: it applies to none of what was chosen.") % {"title": title}
            self.message_user(request, told, messages.ERROR)
            return None
        if "confirmed" not in request.POST:
            return self._ask(request, chosen, title=title, sentence=sentence, also=also())

        done = [self._does(request, row, verb, title) for row in chosen]
        return self.revealing(request) or (None if any(done) or len(done) > 1 else self.page_of(request, chosen[0]))

    def _does(self, request: HttpRequest, row: M, verb: Callable[[M], object], title: "StrOrPromise") -> bool:
        try:
            made = verb(row)
        except DomainError as refusal:
            refused = {"row": row, "message": translated(refusal.message)}
            self.message_user(request, gettext("Not done for %(row)s: %(message)s") % refused, messages.ERROR)
            return False
        if isinstance(made, ShownOnce):
            self.reveal(request, made)
        told = gettext("%(title)s: done for %(row)s.") % {"title": title, "row": row}
        self.message_user(request, told, messages.SUCCESS)
        return True

    def _ask(self, request: HttpRequest, rows: list[M], **words: object) -> HttpResponse:
        name, (action, *_) = request.POST["action"], self.get_actions(request)[request.POST["action"]]
        frame = {**self.admin_site.each_context(request), **words, "drastic": takes_away(action), "opts": self.opts}
        told = {"rows": asked_about(action, rows), "action": name}
        return TemplateResponse(request, "admin/confirm.html", {**frame, **told})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return the objects alone: the verb decides about what goes with them, not other pages' permissions."""
        return [str(obj) for obj in objs], {}, set(), []

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        found = self.get_object(request, unquote(object_id))
        takes = self.deletion_takes(request, found) if found else ()
        title = gettext("Delete %(row)s") % {"row": found}
        told = {"title": title, "takes": takes, "also": self.deletion_means(), **(extra_context or {})}
        try:
            return super().delete_view(request, object_id, told)
        except DomainError as refusal:
            self.message_user(request, translated(refusal.message), messages.ERROR)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)

    def get_actions(self, request: HttpRequest) -> Any:
        """Deletion of several rows as any other action: Django's own reports what it asked for, not what was done."""
        offered: dict[str, Any] = dict(super().get_actions(request))
        if "delete_selected" in offered:
            offered["delete_selected"] = (ServiceAdmin.delete_chosen, "delete_selected", gettext("Delete"))
        return offered

    def delete_chosen(self, request: HttpRequest, rows: QuerySet[M]) -> HttpResponse | None:
        sentence = "Deleted with everything that belongs to it alone. This can't be undone."
        return self.confirmed(
            request,
            rows,
            lambda row: self.delete_model(request, row),
            title=gettext("Delete"),
            sentence=sentence,
            also=lambda: [*self._deletions_take(request, rows), *self.deletion_means()],
        )

    def _deletions_take(self, request: HttpRequest, rows: QuerySet[M]) -> list[str]:
        return [f"{row}: {said}" for row in rows[:MOST_TOLD] for said in self.deletion_takes(request, row)]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Return what the audit log says of this object."""
        return redirect(f"{reverse('admin:audit_event_changelist')}?{urlencode({'entity_id': unquote(object_id)})}")

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal = REFUSAL.of(request)
        form = remembering(form) if change else form
        return refusing(form, refusal) if refusal else form

    def refuse(self, request: HttpRequest, refusal: DomainError) -> None:
        """Let the form of this request show a refusal, at the field that it names."""
        REFUSAL.set(request, refusal)

    def reveal(self, request: HttpRequest, made: ShownOnce) -> None:
        MADE.set(request, made)
        note_shown(request)

    def response_add(self, request: HttpRequest, obj: M, post_url_continue: str | None = None) -> HttpResponse:
        return self.revealing(request) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: M) -> HttpResponse:
        return self.revealing(request) or super().response_change(request, obj)

    def revealing(self, request: HttpRequest) -> HttpResponse | None:
        made = MADE.of(request)
        return made.page(self, request) if made else None
