"""Secrets that are replaced: of two people who replace one secret, the later is told before the earlier's is ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db.models import QuerySet

from common.errors import Conflict
from common.hashes import sha256_of

_known: ContextVar[str | None] = ContextVar("known_secrets", default=None)


def marks_of(secrets: QuerySet[Any, Any]) -> str:
    """Return what a page that offers to replace these secrets keeps of them for `knowing`. It tells nothing of them."""
    return " ".join(sha256_of(repr(secret))[:16] for secret in secrets)


@contextmanager
def knowing(marks: str | None) -> Iterator[None]:
    """Let the verb inside replace the secrets that a page knew when it was opened, and no later ones."""
    token = _known.set(marks)
    try:
        yield
    finally:
        _known.reset(token)


@contextmanager
def replacing(secrets: QuerySet[Any, Any]) -> Iterator[None]:
    """Raise Conflict if others than were known are there when the caller has locked, inside, the row they belong to.

    Known are those that the page knew, or else those that are there at the beginning. Somebody else replaced them since
    then. Both would be shown a secret, and nobody would tell the earlier that theirs ends.
    """
    page = _known.get()
    known = marks_of(secrets) if page is None else page
    yield
    if {*marks_of(secrets.all()).split()} - {*known.split()}:
        raise Conflict(
            "replaced_meanwhile",
            "This was replaced meanwhile, and somebody has the new one already. Make another only if that one is not"
            " enough.",
        )
