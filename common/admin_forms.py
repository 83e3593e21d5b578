"""Building blocks of the admin's pages: a typed base, secrets that are shown once, and checks of forms."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm
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
