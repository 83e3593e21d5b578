"""Deliver the audit log to a sink: in order, at least once, going on where the last batch was taken."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from audit.as_stored import oldest, seals_of
from audit.chain import is_intact, unpack
from audit.models import Event, Seal, SealKind, StreamPosition
from audit.readable import readable
from audit.settled import settled_through
from audit.streams.records import Record, of_entries, of_seal, of_unreadable
from audit.streams.sinks import NotDelivered, Sink

BATCH = 200
SEALS = 20
LONGEST_FAILURE = 200
WAIT = 0.2  # seconds, for transactions that are about to end


@dataclass(frozen=True)
class Lag:
    """The lag of a sink: the number of `entries` that it lacks, and since when."""

    entries: int
    oldest: datetime | None
    position: StreamPosition


def send_batch(name: str, sink: Sink) -> int:
    """Deliver the next entries, or if there are none the next seals; return how many records that were.

    NotDelivered if the sink did not take them: it is noted, and the same ones come next.
    """
    position, _ = StreamPosition.objects.get_or_create(sink=name)
    entry_id, seal_number, records = _next(position)
    if not records:
        return 0
    try:
        sink.deliver(records)
    except NotDelivered as failure:
        StreamPosition.objects.filter(sink=name).update(failure=_dated(str(failure)))
        raise
    # Not where another process was quicker, because this one lost its lease meanwhile.
    same = StreamPosition.objects.filter(sink=name, entry_id=position.entry_id, seal_number=position.seal_number)
    same.update(entry_id=entry_id, seal_number=seal_number, delivered_at=timezone.now(), failure="")
    return len(records)


def _dated(failure: str) -> str:
    at = f" ({timezone.now():%Y-%m-%d %H:%M:%S} UTC)"
    return failure[: LONGEST_FAILURE - len(at)] + at


def lag_of(name: str, *, count: bool = True) -> Lag:
    """Return how far the sink is behind; to count the entries may take a while."""
    position = StreamPosition.objects.filter(sink=name).first() or StreamPosition(sink=name)
    lacking = Event.objects.filter(pk__gt=position.entry_id)
    first = lacking.order_by("pk").values_list("pk", flat=True)[:1]
    return Lag(lacking.count() if count else 0, oldest(Event.objects.filter(pk__in=list(first))), position)


def _next(position: StreamPosition) -> tuple[int, int, list[Record]]:
    through = settled_through(wait=WAIT)
    if through is not None:
        lacking = Event.objects.filter(pk__gt=position.entry_id, pk__lte=through).order_by("pk")
        if ids := list(lacking.values_list("pk", flat=True)[:BATCH]):
            return ids[-1], position.seal_number, _entries(ids)
    seals = list(seals_of(Seal.objects.filter(number__gt=position.seal_number).order_by("number")[:SEALS]))
    with_counts = next((at for at, seal in enumerate(seals) if seal.kind == SealKind.COUNTS), len(seals))
    seals = seals[: with_counts + 1]  # it may bring a thousand entries along
    records = [record for seal in seals for record in (of_seal(seal), *_counted(seal))]
    return position.entry_id, seals[-1].number if seals else position.seal_number, records


def _counted(seal: Seal) -> list[Record]:
    """Return once more the entries on which refusals were counted after they had been sent."""
    if seal.kind != SealKind.COUNTS or not is_intact(seal):
        return []
    return _entries([id_ for id_, _ in unpack(seal)])


def _entries(ids: list[int]) -> list[Record]:
    # Without the stand-ins of `objects`: a collector is told that an entry can't be read.
    events = Event._base_manager.filter(pk__in=ids).order_by("pk")
    return readable(lambda: list(of_entries(list(events)))) or [record for id_ in ids for record in _alone(id_)]


def _alone(id_: int) -> list[Record]:
    found = readable(lambda: list(of_entries(list(Event._base_manager.filter(pk=id_)))))
    return [of_unreadable(id_)] if found is None else found
