"""What the pages of the admin are made of: a typed base, secrets that are shown once, and what is asked of forms."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm

from common.errors import DomainError, Invalid
from common.listing import clean

M = TypeVar("M", bound=Model)


if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin
else:

    class ModelAdmin(admin.ModelAdmin, Generic[M]):
        """Django's takes its model for the type checker only."""


@dataclass(frozen=True)
class Revealed:
    """A secret that was just made, to be shown this once."""

    title: str
    label: str
    secret: str
    advice: str
    then: tuple[str, str] | None = None
    """What usually comes next: a label and its address."""


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
    class Refused(form):  # type: ignore[valid-type,misc]  # a form class made for one request
        def clean(self) -> None:
            super().clean()
            field = str(refusal.facts.get("field", ""))
            self.add_error(field if field in self.fields else None, refusal.message)

    return Refused
