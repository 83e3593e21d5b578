"""Check text that somebody typed or pasted."""

from typing import Any

from common.errors import Invalid
from common.visible import is_visible


def printable(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields; Invalid for a character that can't be seen, such as one that turns the text around it."""
    for field, value in fields.items():
        if isinstance(value, str) and not is_visible(value):
            raise Invalid(
                "bad_text",
                "The text has a character that can't be seen. Type it again instead of pasting it.",
                field=field,
            )
    return fields
