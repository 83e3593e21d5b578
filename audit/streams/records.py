"""Records of streams: entries as the API shows them, and seals."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from audit.models import Event, Result, Seal
from audit.serialized import as_shown


@dataclass(frozen=True)
class Record:
    """An object of JSON in ASCII, without a line break, and what a syslog header says of it."""

    said: dict[str, Any]
    at: datetime
    name: str
    failed: bool = False

    @property
    def line(self) -> bytes:
        return json.dumps(self.said, cls=DjangoJSONEncoder, separators=(",", ":")).encode()


def of_entries(events: Sequence[Event]) -> Iterator[Record]:
    if any(event.at is None for event in events):
        raise ValueError("no time")
    for event, said in zip(events, as_shown(events), strict=True):
        yield Record({"type": "entry", **said}, event.at, event.action, event.result == Result.FAILED)


def of_unreadable(id_: int) -> Record:
    """Return a record of an entry that somebody made unreadable past the service; `verifyaudit` names it too."""
    return Record({"type": "unreadable entry", "id": str(id_)}, timezone.now(), "audit:unreadable", failed=True)


def of_seal(seal: Seal) -> Record:
    """Whoever keeps the hash finds by it a log whose end was cut off."""
    said = {
        "type": "seal",
        "number": seal.number,
        "kind": seal.kind,
        "timestamp": seal.sealed_at,
        "first_id": str(seal.first_id),
        "last_id": str(seal.last_id),
        "count": seal.count,
        "hash": seal.hash,
    }
    return Record(said, seal.sealed_at, "audit:seal")
