"""What the admin asks of forms and of what was chosen in them."""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.forms import ModelForm

from common.errors import DomainError, Invalid
from common.listing import clean

M = TypeVar("M", bound=Model)


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
