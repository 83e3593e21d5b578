"""Form fields for lists and JSON."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext
from rest_framework.exceptions import ParseError

from common.parsers import refuse_strange


class Lines(forms.CharField):
    """A list of texts, one on a line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 80, "spellcheck": "false"})

    def parts(self, text: str) -> list[str]:
        return [line.strip() for line in text.splitlines() if line.strip()]

    def prepare_value(self, value: Any) -> Any:
        parts = self.parts(value) if isinstance(value, str) else value
        return "\n".join(parts) if parts else ""

    def to_python(self, value: Any) -> Any:
        return value if isinstance(value, list) else self.parts(super().to_python(value) or "")

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = self.parts(initial) if isinstance(initial, str) else list(initial or ())
        return bool(self.to_python(data) != before)


class Pasted(forms.CharField):
    """Text that is pasted, and may hold a secret: browsers neither correct nor remember it.

    A token is not even sent back with a refusal of the form (`repeated=False`): it is as good as a password.
    """

    def __init__(self, *, rows: int, repeated: bool = True, css: str = "", **kwargs: Any) -> None:
        widget = forms.Textarea if repeated else Unrepeated
        attrs = {"rows": rows, "spellcheck": "false", "autocomplete": "off", **({"class": css} if css else {})}
        super().__init__(widget=widget(attrs=attrs), **kwargs)


class Unrepeated(forms.Textarea):
    def format_value(self, value: Any) -> None:
        return None


class JSONLines(Lines):
    """`Lines` for a model's JSONField, which also passes options that are for JSON alone."""

    def __init__(self, *, label: Any = None, help_text: Any = "", **of_json: Any) -> None:
        super().__init__(required=False, label=label, help_text=help_text)


class Words(Lines):
    """A list of texts that contain no spaces."""

    def parts(self, text: str) -> list[str]:
        return text.split()


class JSONText(forms.JSONField):
    """JSON that a database can store, blank for null; what is refused is shown again as it was typed."""

    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)

    def to_python(self, value: Any) -> Any:
        try:
            read = super().to_python(value)
            refuse_strange(read)
            json.dumps(read, allow_nan=False)
        except RecursionError:
            raise ValidationError(gettext("It is nested without end.")) from None
        except ValueError:
            raise ValidationError(gettext("It has a number that is none.")) from None
        except ParseError as error:
            raise ValidationError(str(error.detail)) from None
        return read

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            read = super().bound_data(data, initial)
            refuse_strange(read)
        except (RecursionError, ValueError, ParseError):  # a long number is no JSONDecodeError
            return InvalidJSONInput(data)
        return read
