"""Sign-ins and refusals by day, as a plot that the server draws and as the table behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Count, IntegerField, QuerySet, Sum, Value
from django.http import HttpRequest
from django.utils import timezone

from audit.models import Event, Result
from runai_identity.first_page.visible import visible

DAYS = 30
WIDTH, HEIGHT, GAP = 900, 140, 4


@dataclass(frozen=True)
class Day:
    """One day (UTC): how many signed in, and how many tries were refused."""

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
    # One statement, of a count for each day and result that reads a stretch of the index alone: to group a month of
    # sign-ins takes ten times as long.
    tried = events.filter(action="session:sign-in")
    counted = [_on(tried, first, offset, result) for offset in range(DAYS) for result in Result]
    found = {(offset, result): (n, n + more) for offset, result, n, more in counted[0].union(*counted[1:], all=True)}
    days = []
    for offset in range(DAYS):
        signed_in, _ = found.get((offset, Result.SUCCEEDED.value), (0, 0))
        _, refused = found.get((offset, Result.FAILED.value), (0, 0))
        days.append(Day(first + timedelta(days=offset), signed_in, refused))
    return _plot(days)


def _on(
    tried: QuerySet[Event], first: date, offset: int, result: Result
) -> "QuerySet[Event, tuple[int, str, int, int]]":
    begins = datetime.combine(first + timedelta(days=offset), time.min, tzinfo=UTC)
    rows = tried.filter(result=result, at__gte=begins, at__lt=begins + timedelta(days=1))
    day = Value(offset, IntegerField())
    return rows.annotate(day=day).values_list("day", "result").annotate(n=Count("at"), more=Sum("repeated"))


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
