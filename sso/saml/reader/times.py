"""SAML times: xs:dateTime in UTC (Core §1.3.3), of this century, so that sums with them can't overflow."""

import re
from datetime import UTC, datetime, timedelta

from common.wording import Wording

EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_DATE_TIME = re.compile(
    r"(?P<to_the_second>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d{1,9}))?(?P<zone>Z|[+-]\d\d:\d\d)", re.ASCII
)


class NotATime(Exception):
    """The value is no time. The message continues a sentence about the attribute."""


_DURATION = re.compile(r"P(?:(\d{1,9})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?", re.ASCII)


def read_end(text: str) -> datetime | None:
    """Return when something ends, as `read_time`; None if that is after this century, which is as good as never."""
    time, offset = _parsed(text)
    if time >= LATEST - timedelta(days=1):
        return None
    return max(time, EARLIEST + timedelta(days=1)) - offset


def read_duration(text: str) -> timedelta | None:
    """Return an xs:duration of days and less; None for years, months, a negative one or no duration at all."""
    found = _DURATION.fullmatch(text.strip(" \t\r\n"))
    if found is None or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def read_time(text: str) -> datetime:
    """Return the time in UTC, or raise NotATime. Digits beyond microseconds are dropped; a time zone is required."""
    time, offset = _parsed(text)
    # Checked before the offset is subtracted: nothing comes before year 1.
    if not EARLIEST + timedelta(days=1) < time < LATEST - timedelta(days=1):
        raise NotATime(Wording("is {text}; only times of this century are read.", text=repr(text[:60])))
    return time - offset


def _parsed(text: str) -> tuple[datetime, timedelta]:
    """Return the time of the clock that it was read from, and its offset from UTC."""
    found = _DATE_TIME.fullmatch(text.strip(" \t\r\n"))
    if found is None:
        raise NotATime(Wording("is {text}, and not a time like 2026-01-31T12:00:00Z.", text=repr(text[:60])))
    try:
        # Not by fromisoformat, which reads 24:00:00 as the next day from Python 3.14 on.
        year, month, day, hour, minute, second = map(int, re.split("[-T:]", found["to_the_second"]))
        time = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        offset = _offset(found["zone"])
    except ValueError:
        raise NotATime(Wording("is {text}, which no calendar or clock has.", text=repr(text[:60]))) from None
    return time.replace(microsecond=int(f"{found['fraction'] or '':0<6}"[:6])), offset


def _offset(zone: str) -> timedelta:
    """Return the offset, at most 14 hours either way (XML Schema Part 2 §3.2.7.3)."""
    if zone == "Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        raise ValueError(zone)
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
