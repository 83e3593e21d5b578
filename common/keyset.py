"""Read very many rows in an order of time, a piece at a time: each begins after the last row of the one before."""

from collections.abc import Iterator
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)

PIECE = 500


def in_pieces(rows: QuerySet[M], by: str, *, descending: bool = False) -> Iterator[list[M]]:
    """Yield the rows sorted by this field, which is never null; the primary key breaks ties.

    No transaction is open between two pieces, and no cursor: rows that come meanwhile may be among them.
    """
    sign, beyond = ("-", "lt") if descending else ("", "gt")
    ordered = rows.order_by(f"{sign}{by}", f"{sign}pk")
    piece = list(ordered[:PIECE])
    while piece:
        yield piece
        last, at = piece[-1], getattr(piece[-1], by)
        after = Q(**{f"{by}__{beyond}": at}) | Q(**{f"pk__{beyond}": last.pk})
        # The first condition tells an index where to begin.
        piece = list(ordered.filter(**{f"{by}__{beyond}e": at}).filter(after)[:PIECE]) if len(piece) == PIECE else []
