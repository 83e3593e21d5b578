"""Notes about values that the mapping leaves out."""

from typing import Any

from common.wording import Wording

# For each attribute, so many values are named.
MOST_NOTES = 5


def not_a_number(name: str, value: Any) -> str:
    return Wording("{name}: {value} is not a whole number; left out.", name=name, value=repr(str(value)[:60]))


def few(left_out: list[str], name: str) -> list[str]:
    """Return the first of these notes, and how many more there are: a provider may send thousands of such values."""
    more = len(left_out) - MOST_NOTES
    if more <= 0:
        return left_out
    told = Wording.counted(
        "{name}: {number} more value is left out.", "{name}: {number} more values are left out.", more, name=name
    )
    return [*left_out[:MOST_NOTES], told]
