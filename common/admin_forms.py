"""Building blocks of the admin's pages: a typed base, secrets that are shown once, and checks of forms."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm, PasswordInput
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from common.errors import DomainError, Invalid
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
    that carries nothing is a script's, and is compared with the row.
    """

    class RememberingForm(form):  # type: ignore[valid-type,misc]  # a form class made for one request
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            if not self.is_bound or any(self.add_initial_prefix(name) in self.data for name in self.fields):
                for field in self.fields.values():
                    field.show_hidden_initial = not field.widget.needs_multipart_form and not isinstance(
                        field.widget, PasswordInput
                    )

    return RememberingForm
