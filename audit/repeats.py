"""Refusals that repeat are counted, so that nobody fills the trail by being refused, nor hides among such entries.

The first few of an hour are entries of their own: of one action and reason, about one object, from one source. The rest
are counted on the latest of these that is about the object: "and 37 more". An action has so many entries an hour,
whatever they are about; over that each object has one a day, on which its refusals are counted. So what strangers do to
one account hides nothing of what they do to another.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.models import Event, Repeat
from common import context
from common.counting import bucket, take
from common.hashes import sha256_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST = 5  # an hour: of one action and reason, about one object, from one source
MOST = 200  # an hour: of one action
UNKNOWN = 1024  # which all names share that nobody has
SOURCES = 16  # which all addresses share, each of them always the same


@transaction.atomic
def write(event: Event, unknown: str = "") -> Event:
    """Save the refusal, or count it on an earlier one; return the entry that it is in.

    Refusals about an `unknown` name repeat as seldom as those about one that is known: else who is refused could tell
    by the time which it was.
    """
    apart = f"unknown:{bucket(unknown, of=UNKNOWN)}" if unknown else ""
    about = (event.action, event.reason, event.entity_id or event.subject_id or apart)
    source = str(bucket(context.current().source_ip or "", of=SOURCES))
    # Both are asked in any case: how long it takes tells nothing.
    room = [
        take(Repeat, _key("first", *about, source), limit=FIRST, window=HOUR),
        take(Repeat, _key("most", event.action), limit=MOST, window=HOUR),
    ]
    latest = None if all(room) else _latest(about, since=event.at - DAY)
    if latest is not None:
        Event.objects.count_on(latest, at=event.at)
        return latest
    event.save()
    _remember(about, event)
    return event


def over() -> QuerySet[Repeat]:
    return Repeat.objects.filter(window_ends_at__lt=timezone.now())


def _latest(about: tuple[str, ...], *, since: datetime) -> Event | None:
    found = Repeat.objects.select_related("event").filter(key=_key("latest", *about), event__at__gt=since).first()
    return found.event if found else None


def _remember(about: tuple[str, ...], event: Event) -> None:
    latest = Repeat(key=_key("latest", *about), event=event, window_ends_at=event.at + DAY)
    Repeat.objects.bulk_create(
        [latest], update_conflicts=True, unique_fields=["key"], update_fields=["event", "window_ends_at"]
    )


def _key(*parts: str) -> str:
    return sha256_of("\n".join(parts))
