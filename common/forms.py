"""How lists are typed in a form: as lines."""

from typing import Any

from django import forms


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


class Words(Lines):
    """A list of texts that contain no spaces."""

    def parts(self, text: str) -> list[str]:
        return text.split()
