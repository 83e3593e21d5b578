"""Verify the audit log by its seals. A few thousand entries are in memory at any time, however many there are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from audit.as_stored import HIGHEST, oldest, seals_of, stored
from audit.chain import FORMAT, LOWEST, NONE_BEFORE, UNREADABLE, is_intact, is_ours, mac_keys, unpack
from audit.models import Event, Seal, SealKind
from audit.settled import last_given

SEALS = 20  # read at a time; each names a thousand entries


@dataclass
class Verification:
    """The result of a verification, complete after `faults` was iterated. A seal must have the hash `expected`."""

    expected: str = ""
    entries: int = 0
    pruned: int = 0
    last: Seal | None = None
    unsealed: int = 0
    oldest_unsealed: datetime | None = None
    keys: list[bytes] = field(default_factory=mac_keys)

    def faults(self) -> Iterator[str]:
        """Yield a sentence for each seal or entry that was changed, removed or put in."""
        through, found = LOWEST - 1, not self.expected
        for seal in _in_order():
            found = found or seal.hash == self.expected
            yield from self._faults_of(seal)
            if seal.kind == SealKind.ENTRIES:
                through = max(through, seal.last_id)
                if is_intact(seal):
                    yield from self._faults_in(seal)
            self.last = seal
        yield from self._faults_after(through)
        if not found:
            yield "No seal has the expected hash: the log was cut off or made anew since, or it is another log."

    def _faults_of(self, seal: Seal) -> Iterator[str]:
        number, previous = (self.last.number, self.last.hash) if self.last else (0, NONE_BEFORE)
        if seal.number > number + 1:
            gone = str(number + 1) if seal.number == number + 2 else f"{number + 1} to {seal.number - 1}"
            yield f"Removed: seal {gone}. What it covered can't be verified."
        elif seal.previous != previous:
            yield f"Replaced: seal {number} or seal {seal.number}, which doesn't follow on it."
        if not is_intact(seal):
            yield f"Changed: seal {seal.number}. What it covers, {seal.first_id} to {seal.last_id}, can't be verified."
        elif not is_ours(seal, self.keys):
            yield f"Forged: seal {seal.number}, or IDENTITY_ENCRYPTION_KEYS lacks the key that it was made by."

    def _faults_after(self, through: int) -> Iterator[str]:
        """Look at what is not sealed yet. An id that the database has not given is none of the service's."""
        last = last_given()
        tail = Event.objects.filter(pk__gt=through)
        tail = tail if last is None else tail.filter(pk__lte=last)
        self.unsealed, self.oldest_unsealed = tail.count(), oldest(tail)
        if last is not None:
            beyond = stored(max(through, last) + 1, HIGHEST, format_=FORMAT)
            yield from (f"Inserted: entry {entry}." for entry in beyond if entry.id > (last_given() or 0))

    def _faults_in(self, seal: Seal) -> Iterator[str]:
        """Compare what the seal names with what is there, both in the order of ids."""
        named, gone = unpack(seal), []
        at, counted = 0, self._sound(SealKind.COUNTS, seal)
        counts = {id_: is_ for one in counted for id_, is_ in unpack(one)}
        counted_through = max((one.last_id for one in counted), default=LOWEST)
        for entry in stored(seal.first_id, seal.last_id, format_=seal.format):
            while at < len(named) and named[at][0] < entry.id:
                gone.append(named[at][0])
                at += 1
            if at == len(named) or named[at][0] > entry.id:
                yield f"Inserted: entry {entry}."
                continue
            self.entries += 1
            if entry.digest != named[at][1] or entry.digest == UNREADABLE:
                yield f"Changed: entry {entry}."
            elif entry.id <= counted_through and entry.counters != counts.get(entry.id, b""):
                yield f"Changed: how often entry {entry} was repeated."
            at += 1
        yield from self._not_pruned([*gone, *(id_ for id_, _ in named[at:])], seal)

    def _not_pruned(self, gone: list[int], seal: Seal) -> Iterator[str]:
        seals = self._sound(SealKind.PRUNED, seal) if gone else []
        pruned = {id_ for one in seals for id_, _ in unpack(one)}.intersection(gone)
        self.pruned += len(pruned)
        yield from (f"Removed: entry {id_}." for id_ in gone if id_ not in pruned)

    def _sound(self, kind: SealKind, beside: Seal) -> list[Seal]:
        """Return the seals of a kind that say something of what the other one covers, and that are ours."""
        touching = Seal.objects.filter(kind=kind, first_id__lte=beside.last_id, last_id__gte=beside.first_id)
        return [seal for seal in seals_of(touching) if is_intact(seal) and is_ours(seal, self.keys)]


def _in_order() -> Iterator[Seal]:
    seals: QuerySet[Seal] = Seal.objects.order_by("number")
    batch = list(seals_of(seals[:SEALS]))
    while batch:
        yield from batch
        batch = list(seals_of(seals.filter(number__gt=batch[-1].number)[:SEALS]))
