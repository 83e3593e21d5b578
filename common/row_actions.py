"""Actions that a page of the admin offers for its one object."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.contrib.admin.actions import delete_selected

from common.replacing import marks_of


class RowAction(NamedTuple):
    """An action that a page offers for its one object; `takes_away`: it ends or removes something."""

    name: str
    label: str
    takes_away: bool


def known_to(action: Callable[..., object], rows: Sequence[Any]) -> list[tuple[object, str]]:
    """Return by key of the row the marks of the secrets that an action is going to replace, for its page to keep."""
    secrets = getattr(action, "replaces", None)
    return [(row.pk, marks_of(secrets(row))) for row in rows] if secrets else []


def takes_away(action: Callable[..., object]) -> bool:
    return action is delete_selected or getattr(action, "takes_away", False)
