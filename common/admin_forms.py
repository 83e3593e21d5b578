"""Building blocks of the admin's pages: a typed base, secrets that are shown once, and checks of forms."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm, PasswordInput
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext

from common.errors import Conflict, DomainError, Invalid
from common.listing import clean
from common.translating import translated

M = TypeVar("M", bound=Model)


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
else:

    class ModelAdmin(admin.ModelAdmin, Generic[M]):
        """Django's takes its model for the type checker only."""


class ShownOnce(ABC):
    """A secret that was just made: a page shows it in the response to the same request, and never again."""

    @abstractmethod
    def page(self, admin: "ModelAdmin[Any]", request: HttpRequest) -> HttpResponse: ...


@dataclass(frozen=True)
class Revealed(ShownOnce):
    """A secret on a page of its own."""

    title: str
    label: str
    secret: str
    advice: str
    then: tuple[str, str] | None = None
    """What usually comes next: a label and its address."""
    once: bool = True
    """False for what is no secret, and stands elsewhere too."""

    def page(self, admin: "ModelAdmin[Any]", request: HttpRequest) -> HttpResponse:
        frame = admin.admin_site.each_context(request)
        context = {**frame, "revealed": self, "title": self.title, "opts": admin.opts}
        response = TemplateResponse(request, "admin/revealed.html", context)
        response["Cache-Control"] = "no-store"
        return response


def is_key(opts: Any, given: str) -> bool:
    try:
        getattr(opts.pk, "target_field", opts.pk).clean(given, None)
        clean(given)
    except (ValidationError, Invalid):
        return False
    return True


class KnownChoices(AutocompleteSelect):
    """Django's, which asks the database for whatever was sent when the form is shown again."""

    def optgroups(self, name: str, value: Sequence[str], attrs: Any = None) -> Any:
        keys = [one for one in value if is_key(self.field.related_model._meta, str(one))]
        return super().optgroups(name, keys, attrs)


class ChoosesRows(ModelAdmin[M]):
    """A page whose forms choose rows by search, in `autocomplete_fields`."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = KnownChoices(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def takes(form: Any, name: str, given: str) -> bool:
    try:
        clean(given)
        form.fields[name].clean(given)
    except (ValidationError, Invalid, KeyError):
        return False
    return True


def refusing(form: "type[ModelForm[M]]", refusal: DomainError) -> "type[ModelForm[M]]":
    class RefusingForm(form):  # type: ignore[valid-type,misc]  # a form class made for one request
        def clean(self) -> None:
            super().clean()
            field = str(refusal.facts.get("field", ""))
            self.add_error(field if field in self.fields else None, translated(refusal.message))

    return RefusingForm


def remembering(form: "type[ModelForm[M]]") -> "type[ModelForm[M]]":
    """Let the page carry what it showed, so that a field counts as changed by comparison with that.

    Compared with the row, a page that was open for a while would undo what somebody else has saved meanwhile. A form
    that carries nothing is a script's, and is compared with the row. A field that both changed is refused once, with
    what the other one saved: whoever saves again has seen it.
    """

    class RememberingForm(form):  # type: ignore[valid-type,misc]  # a form class made for one request
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if not self.is_bound or any(self.add_initial_prefix(name) in self.data for name in self.fields):
                for field in self.fields.values():
                    field.show_hidden_initial = not field.widget.needs_multipart_form and not isinstance(
                        field.widget, PasswordInput
                    )

        def _post_clean(self) -> None:
            """Leave the row as it is stored where the form is refused: its page tells more of it than its fields."""
            columns = [field.attname for field in self.instance._meta.fields]
            stored = {name: value for name, value in vars(self.instance).items() if name in columns}
            super()._post_clean()
            for name, value in stored.items() if self.errors else ():
                setattr(self.instance, name, value)

        def clean(self) -> Any:
            cleaned = super().clean()
            moved = [self[name] for name in self.changed_data if name not in self.errors and _has_moved(self[name])]
            for bound in moved:
                self.data = _carrying_the_present(bound)
                told = gettext("Somebody else saved this meanwhile: %(value)s. Save again to replace it by yours.")
                self.add_error(bound.name, told % {"value": _in_words(bound)})
            return cleaned

    return RememberingForm


def refuse_moved(form: Any, current: Any) -> None:
    """Raise Conflict if a field that the form changes has another value in the row than when the form was read."""
    now = type(form)(instance=current)
    if any(_present(now[name]) != _present(form[name]) for name in form.changed_data):
        raise Conflict(
            "changed_meanwhile", "Somebody else saved this at the same moment. Nothing of yours is saved yet."
        )


def _has_moved(bound: Any) -> bool:
    """Return True if the row has another value by now than the page showed, and another than was typed."""
    if not bound.field.show_hidden_initial or not bound.field.has_changed(bound.initial, bound.data):
        return False
    shown = bound.field.hidden_widget().value_from_datadict(bound.form.data, {}, bound.html_initial_name)
    # Browsers send a line's end as two characters.
    return [one.replace("\r\n", "\n") for one in _as_list(shown)] != [
        one.replace("\r\n", "\n") for one in _present(bound)
    ]


def _present(bound: Any) -> list[str]:
    """Return what a page that is opened now would carry of the field."""
    return _as_list(bound.field.hidden_widget().format_value(bound.field.prepare_value(bound.initial)))


def _as_list(carried: Any) -> list[str]:
    return [str(one) for one in carried] if isinstance(carried, list | tuple) else ["" if carried is None else carried]


def _carrying_the_present(bound: Any) -> Any:
    data = bound.form.data.copy()
    data.setlist(bound.html_initial_name, _present(bound))
    return data


def _in_words(bound: Any) -> str:
    """Return what the row has, as people read it: labels in place of the values of choices."""
    if isinstance(bound.initial, bool):
        return gettext("on") if bound.initial else gettext("off")
    labels = {str(value): str(label) for value, label in getattr(bound.field, "choices", ())}
    return ", ".join(labels.get(one, one) for one in _present(bound) if one) or gettext("nothing")
