"""Actions that a page of the admin offers for its one object."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.contrib.admin.actions import delete_selected

from common.replacing import NamedSecret, Secrets, marks_of


class RowAction(NamedTuple):
    """An action that a page offers for its one object; `takes_away`: it ends or removes something."""

    name: str
    label: str
    takes_away: bool


class AskedAbout(NamedTuple):
    """A row about which a page asks: with the secrets that the action is about, and their marks."""

    row: Any
    marks: str | None = None
    named: Sequence[NamedSecret] = ()


def asked_about(action: Callable[..., object], rows: Sequence[Any]) -> list[AskedAbout]:
    secrets: Secrets[Any] | None = getattr(action, "secrets", None)
    # The marks first: what comes between the two is shown, and not known.
    return [
        AskedAbout(row, marks_of(secrets.of(row)), secrets.named(row)) if secrets else AskedAbout(row) for row in rows
    ]


def takes_away(action: Callable[..., object]) -> bool:
    return action is delete_selected or getattr(action, "takes_away", False)
