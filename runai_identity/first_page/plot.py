"""Sign-ins and refusals by day, as a plot that the server draws and as the table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, Sum, TextField
from django.db.models.functions import Cast, Substr
from django.http import HttpRequest
from django.utils import timezone

from audit.models import Event, Result
from runai_identity.first_page.visible import visible

DAYS = 30
WIDTH, HEIGHT, GAP = 900, 140, 4


@dataclass(frozen=True)
class Day:
    """Of one day (UTC): how many signed in, and how many tries were refused."""

    day: date
    signed_in: int
    refused: int


@dataclass(frozen=True)
class Bar:
    """A day in the plot, in units of the SVG's view box."""

    day: Day
    x: float
    width: float
    signed_in_y: float
    signed_in_height: float
    refused_y: float
    refused_height: float


@dataclass(frozen=True)
class Plot:
    days: Sequence[Day]
    bars: Sequence[Bar]
    most: int

    @property
    def signed_in(self) -> int:
        return sum(day.signed_in for day in self.days)

    @property
    def refused(self) -> int:
        return sum(day.refused for day in self.days)


def sign_ins(request: HttpRequest) -> Plot | None:
    """None for who may not read the audit log."""
    events = visible(request, Event)
    if events is None:
        return None
    today = timezone.now().date()
    first = today - timedelta(days=DAYS - 1)
    # The text of a time begins with its day, in both databases; a function of Django's own would be called row by row.
    since = datetime.combine(first, time.min, tzinfo=UTC)
    by_day = events.filter(action="session:sign-in", at__gte=since).annotate(day=Substr(Cast("at", TextField()), 1, 10))
    rows = by_day.values_list("day", "result").annotate(n=Count("pk"), more=Sum("repeated"))
    found = {(day, result): (n, n + more) for day, result, n, more in rows}
    days = []
    for offset in range(DAYS):
        day = first + timedelta(days=offset)
        signed_in, _ = found.get((str(day), Result.SUCCEEDED.value), (0, 0))
        _, refused = found.get((str(day), Result.FAILED.value), (0, 0))
        days.append(Day(day, signed_in, refused))
    return _plot(days)


def _plot(days: Sequence[Day]) -> Plot:
    most = max((day.signed_in + day.refused for day in days), default=0)
    width = WIDTH / len(days)
    bars = []
    for number, day in enumerate(days):
        signed_in, refused = (HEIGHT * count / max(most, 1) for count in (day.signed_in, day.refused))
        left, tall = round(number * width + GAP / 2, 1), round(HEIGHT - signed_in, 1)
        heights = tall, round(signed_in, 1), round(tall - refused, 1), round(refused, 1)
        bars.append(Bar(day, left, round(width - GAP, 1), *heights))
    return Plot(days, bars, most)
