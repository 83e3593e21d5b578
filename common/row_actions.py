"""Actions that a page of the admin offers for its one object."""

from collections.abc import Callable
from typing import NamedTuple

from django.contrib.admin.actions import delete_selected


class RowAction(NamedTuple):
    """An action that a page offers for its one object; `takes_away`: it ends or removes something."""

    name: str
    label: str
    takes_away: bool


def takes_away(action: Callable[..., object]) -> bool:
    return action is delete_selected or getattr(action, "takes_away", False)
