"""Times of SAML messages, of every zone and precision, compared with what Python reads."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sso.saml.reader.times import NotATime, read_time

QUARTERS = 14 * 4  # an offset is at most fourteen hours
times = some.datetimes(min_value=datetime(2000, 1, 3), max_value=datetime(2099, 12, 30))  # noqa: DTZ001
zones = some.integers(-QUARTERS, QUARTERS).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))


@given(time=times, zone=zones)
def test_it_reads_a_time_of_any_zone_as_utc(time: datetime, zone: timezone) -> None:
    there = time.replace(tzinfo=zone)

    assert read_time(there.isoformat()) == there
    assert read_time(there.isoformat()).utcoffset() == timedelta()


@given(time=times, digits=some.integers(1, 9))
def test_it_drops_what_is_finer_than_a_microsecond(time: datetime, digits: int) -> None:
    fraction = f"{time.microsecond:06}987"[:digits]
    expected = time.replace(microsecond=int(f"{fraction:0<6}"[:6]), tzinfo=UTC)

    assert read_time(f"{time:%Y-%m-%dT%H:%M:%S}.{fraction}Z") == expected


@pytest.mark.parametrize("zone", ["+14:01", "-14:01", "+15:00", "+00:60", "-13:99", "+99:00"])
def test_it_reads_no_zone_that_no_place_has(zone: str) -> None:
    with pytest.raises(NotATime):
        read_time(f"2026-01-31T12:00:00{zone}")


@pytest.mark.parametrize("day", ["2000-01-01", "1999-12-31", "2099-12-31", "2100-01-01", "0001-01-01", "9999-12-31"])
def test_it_reads_no_time_of_another_century(day: str) -> None:
    with pytest.raises(NotATime):
        read_time(f"{day}T00:00:00Z")
