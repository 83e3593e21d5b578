"""Seal the audit log: after the fact and in batches, so that whoever writes an entry waits for nobody.

A seal that is there is never changed, but for its MAC when IDENTITY_ENCRYPTION_KEYS change.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.db import IntegrityError, transaction
from django.utils import timezone

from audit.as_stored import counters_of, oldest, seals_of, stored
from audit.chain import FORMAT, LOWEST, NONE_BEFORE, hash_of, is_ours, mac_keys, mac_of, pack
from audit.models import Event, Repeat, Seal, SealKind
from audit.settled import settled_through
from common.pruning import delete

logger = logging.getLogger(__name__)

BATCH = 1000
WAIT = 0.2  # seconds, for transactions that are about to end
# Refusals are counted on an entry for a day (audit/repeats.py); clocks of replicas may differ.
CLOSED_AFTER = timedelta(hours=26)
AT_ONCE = 20  # seals of entries whose counts are looked through for one seal


def seal_settled(*, seconds: float = float("inf")) -> bool:
    """Seal what no transaction may still add to; return False if the time ran out first."""
    ends_at, through, made = time.monotonic() + seconds, settled_through(wait=WAIT), None
    try:
        while seal := (_seal_entries(through) if through is not None else None) or _seal_counts():
            made = seal
            if time.monotonic() >= ends_at:
                break
    except IntegrityError:  # somebody else was making the first seal, which is what all others lock
        return False
    if made:
        # The log of the server is kept elsewhere than the database: this is what `verifyaudit --expect` takes.
        logger.info("audit log sealed: number %s, hash %s", made.number, made.hash)
    return made is None or time.monotonic() < ends_at


def sealed_through(kind: SealKind = SealKind.ENTRIES) -> int:
    """Return the id of the last entry that a seal of this kind covers."""
    last = Seal.objects.filter(kind=kind).order_by("-last_id").values_list("last_id", flat=True).first()
    return LOWEST - 1 if last is None else last


def latest_seal() -> tuple[int, str]:
    """Return the number and the hash of the last seal: those before the first one where there is none."""
    return Seal.objects.order_by("-number").values_list("number", "hash").first() or (0, NONE_BEFORE)


def oldest_unsealed() -> datetime | None:
    return oldest(Event.objects.filter(pk__gt=sealed_through()))


def delete_strangers(events: Sequence[Event]) -> None:
    """Delete these entries, and seal that it was the service that did."""
    ids = sorted(event.pk for event in events)
    with transaction.atomic():
        delete(events)
        _lock()
        _append(SealKind.PRUNED, ids[0], ids[-1], [(id_, b"") for id_ in ids])


@transaction.atomic
def sign_again() -> int:
    """Make the MACs by the newest of IDENTITY_ENCRYPTION_KEYS; return how many. What is not ours stays as it is."""
    keys, count = mac_keys(), 0
    _lock()
    for batch in _in_batches():
        old = [seal for seal in batch if not is_ours(seal, keys[:1]) and is_ours(seal, keys)]
        for seal in old:
            seal.mac = mac_of(seal.hash, keys[0])
        Seal.objects.bulk_update(old, ["mac"])
        count += len(old)
    return count


def _in_batches() -> Iterator[list[Seal]]:
    number = 0
    while batch := list(seals_of(Seal.objects.defer("content").filter(number__gt=number).order_by("number")[:BATCH])):
        yield batch
        number = batch[-1].number


@transaction.atomic
def _seal_entries(through: int) -> Seal | None:
    _lock()
    after = sealed_through()
    entries = [(entry.id, entry.digest) for entry in islice(stored(after + 1, through, format_=FORMAT), BATCH)]
    return _append(SealKind.ENTRIES, after + 1, entries[-1][0], entries) if entries else None


@transaction.atomic
def _seal_counts() -> Seal | None:
    """Seal the numbers of refusals on entries that are closed. None is counted on them from then on."""
    _lock()
    after = sealed_through(SealKind.COUNTS)
    due = Seal.objects.filter(kind=SealKind.ENTRIES, last_id__gt=after, sealed_at__lt=timezone.now() - CLOSED_AFTER)
    ends = list(due.order_by("last_id").values_list("last_id", flat=True)[:AT_ONCE])
    if not ends:
        return None
    covered = Event.objects.filter(pk__gt=after, pk__lte=ends[-1])
    Repeat.objects.filter(event__in=covered).delete()
    ids = list(covered.filter(repeated__gt=0).order_by("pk").values_list("pk", flat=True)[:BATCH])
    through = ids[-1] if len(ids) == BATCH else ends[-1]
    return _append(SealKind.COUNTS, after + 1, through, counters_of(ids))


def _append(kind: SealKind, first_id: int, last_id: int, entries: list[tuple[int, bytes]]) -> Seal:
    number, previous = latest_seal()
    seal = Seal(
        number=number + 1,
        kind=kind,
        format=FORMAT,
        sealed_at=timezone.now(),
        first_id=first_id,
        last_id=last_id,
        count=len(entries),
        content=pack(entries),
        previous=previous,
    )
    seal.hash = hash_of(seal)
    seal.mac = mac_of(seal.hash, mac_keys()[0])
    seal.save(force_insert=True)
    return seal


def _lock() -> None:
    """Let nobody else append until the transaction ends. The first seal stands for the chain."""
    Seal.objects.select_for_update().order_by("number").values_list("number").first()
