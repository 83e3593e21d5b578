"""Secrets that are replaced or ended: nothing happens to one of which the page that asks for it did not know."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

from common.errors import Conflict
from common.hashes import sha256_of
from common.wording import Wording

_known: ContextVar[str | None] = ContextVar("known_secrets", default=None)

R = TypeVar("R", bound=Model)
S = TypeVar("S", bound=Model)


@dataclass(frozen=True)
class NamedSecret:
    """The facts about a secret that a page shows before it is replaced or ended. `is_unused`: nobody used it yet."""

    name: Wording
    made_at: datetime | None = None
    made_by: str = ""
    used_at: datetime | None = None
    is_unused: bool = False
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Secrets(Generic[R]):
    """The secrets of a row that a verb replaces or ends: `of` returns what tells them apart, `named` their facts."""

    of: Callable[[R], QuerySet[Any, Any]]
    named: Callable[[R], Sequence[NamedSecret]]


def marks_of(secrets: QuerySet[Any, Any]) -> str:
    """Return what a page that offers to replace these secrets keeps of them for `knowing`. It tells nothing of them."""
    return " ".join(_mark(secret) for secret in secrets)


def _mark(secret: object) -> str:
    return sha256_of(repr(secret))[:16]


@contextmanager
def knowing(marks: str | None) -> Iterator[None]:
    """Let the verb inside replace or end the secrets that a page knew when it was opened, and no later ones."""
    token = _known.set(marks)
    try:
        yield
    finally:
        _known.reset(token)


@contextmanager
def replacing(secrets: Secrets[R], row: R) -> Iterator[None]:
    """Raise Conflict if others than were known are there when the caller has locked, inside, the row they belong to.

    Known are those that the page knew, or else those that are there at the beginning. Somebody else replaced them since
    then. Both would be shown a secret, and nobody would tell the earlier that theirs ends.
    """
    page = _known.get()
    known = marks_of(secrets.of(row)) if page is None else page
    yield
    if _unknown(secrets, row, known):
        present = next((one for one in secrets.named(row) if one.made_at), None)
        raise Conflict("replaced_meanwhile", _replaced(present))


def _replaced(present: NamedSecret | None) -> Wording:
    if present is None or present.made_at is None:
        return Wording(
            "This was replaced meanwhile, and somebody has the new one already. Make another only if that one is not"
            " enough."
        )
    return Wording(
        "This was replaced meanwhile: {by} made the new one on {at} UTC, and has it already. Make another only if that"
        " one is not enough.",
        by=present.made_by or Wording("somebody"),
        at=f"{present.made_at:%Y-%m-%d %H:%M:%S}",
    )


def refuse_unnamed(secrets: Secrets[R], row: R) -> None:
    """Raise Conflict if a page asked to end these secrets and did not name all that there are. The row is locked."""
    page = _known.get()
    if page is not None and _unknown(secrets, row, page):
        raise Conflict(
            "replaced_meanwhile",
            "Nothing was done: others have come since this page was opened, and it did not name them. Open it again.",
        )


def only_named(things: QuerySet[S]) -> list[S]:
    """Return those that the page named which asked to end them: all if no page asked. Raise Conflict if there is none.

    The page keeps the marks of their primary keys.
    """
    page = _known.get()
    found = [thing for thing in things if page is None or _mark((thing.pk,)) in page.split()]
    if page is not None and not found:
        raise Conflict(
            "replaced_meanwhile",
            "Nothing was done: what the page named has ended, and others have come since it was opened. Open it again.",
        )
    return found


def _unknown(secrets: Secrets[R], row: R, known: str) -> set[str]:
    return {*marks_of(secrets.of(row).all()).split()} - {*known.split()}
