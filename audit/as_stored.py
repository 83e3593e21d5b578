"""Read entries for their digests, also those that somebody made unreadable past this service."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from django.db.models import Min, QuerySet

from audit.chain import COUNTERS, FORMATS, UNREADABLE, digest
from audit.models import Event, Seal
from audit.readable import readable

BATCH = 1000
HIGHEST = 2**63 - 1
NOT_REPEATED = (0, None)
T = TypeVar("T")


@dataclass(frozen=True)
class Stored:
    """An entry; `digest` is UNREADABLE if it can't be read, and `counters` is empty if nothing was counted on it."""

    id: int
    at: datetime | None = None
    action: str = ""
    digest: bytes = UNREADABLE
    counters: bytes = b""

    def __str__(self) -> str:
        # What was written past this service may hold control characters of a terminal.
        action = self.action.encode("unicode_escape").decode()
        return f"{self.id} ({self.at:%Y-%m-%d %H:%M:%S} {action})" if self.at else str(self.id)


def stored(first_id: int, last_id: int, *, format_: int) -> Iterator[Stored]:
    """Yield the entries from one id to another in their order, a batch of them in memory."""
    fields = FORMATS[format_]
    events = Event.objects.filter(pk__gte=first_id, pk__lte=last_id).order_by("pk")
    batch = list(events.values_list("pk", flat=True)[:BATCH])
    while batch:
        yield from _stored_between(batch[0], batch[-1], fields) or (_alone(id_, fields) for id_ in batch)
        batch = list(events.filter(pk__gt=batch[-1]).values_list("pk", flat=True)[:BATCH])


def counters_of(ids: list[int]) -> list[tuple[int, bytes]]:
    """Return these ids with the digests of how often their entries were repeated."""
    found = readable(partial(_counters, ids))
    return [one for id_ in ids for one in _counters_alone(id_)] if found is None else found


def oldest(events: QuerySet[Event]) -> datetime | None:
    """Return the earliest time of these entries; the epoch, to be noticed, if one of them can't be read."""
    found = readable(lambda: [events.aggregate(at=Min("at"))["at"]])
    return found[0] if found else datetime.fromtimestamp(0, UTC)


def seals_of(seals: QuerySet[Seal]) -> Iterator[Seal]:
    """Yield these seals; for one that can't be read a seal with its number alone, which is not intact."""
    numbers = list(seals.values_list("number", flat=True))
    yield from readable(lambda: list(seals)) or (_seal_alone(number) for number in numbers)


def _counters(ids: list[int]) -> list[tuple[int, bytes]]:
    rows = Event.objects.filter(pk__in=ids).order_by("pk").values_list(*COUNTERS)
    return [(row[0], digest(COUNTERS, row)) for row in rows]


def _counters_alone(id_: int) -> list[tuple[int, bytes]]:
    found = readable(partial(_counters, [id_]))
    return [(id_, UNREADABLE)] if found is None else found


def _seal_alone(number: int) -> Seal:
    nothing = Seal(number=number, format=0, sealed_at=datetime.fromtimestamp(0, UTC), first_id=0, last_id=0, count=0)
    return readable(lambda: Seal.objects.get(pk=number)) or nothing


def _stored_between(first_id: int, last_id: int, fields: tuple[str, ...]) -> list[Stored] | None:
    rows = Event.objects.filter(pk__gte=first_id, pk__lte=last_id).order_by("pk").values_list(*fields, *COUNTERS)
    return readable(lambda: [_stored(fields, row) for row in rows])


def _alone(id_: int, fields: tuple[str, ...]) -> Stored:
    return next(iter(_stored_between(id_, id_, fields) or ()), Stored(id_))


def _stored(fields: tuple[str, ...], row: tuple[Any, ...]) -> Stored:
    values, counters = row[: len(fields)], row[len(fields) :]
    if values[fields.index("at")] is None:
        raise ValueError("no time")  # as Django reads any text on SQLite that is none
    counted = counters[1:] != NOT_REPEATED
    return Stored(
        id=values[0],
        at=values[fields.index("at")],
        action=str(values[fields.index("action")]),
        digest=digest(fields, values),
        counters=digest(COUNTERS, counters) if counted else b"",
    )
