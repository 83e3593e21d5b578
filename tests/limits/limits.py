"""What a limit is, and by what its test tries it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client
from rest_framework.test import APIClient

LATER = "`Retry-After`"
Answer = Any  # the test client's response has attributes of its own


@dataclass(frozen=True)
class World:
    """Who sends it: a System administrator by the API and in a browser, and a stranger without a cookie."""

    api: APIClient
    browser: Client
    stranger: Client
    cluster: str


Send = Callable[[World, int], Answer]
"""Send a request that has the limited thing so many times, or so long."""


@dataclass(frozen=True)
class Limit:
    """`said` stands in the answer beyond the limit, and in none at the limit."""

    what: str
    most: int
    unit: str
    status: int
    said: str
    send: Send
    text_of: Callable[[Answer], str] = lambda answer: answer.content.decode()


@dataclass(frozen=True)
class Bound:
    """A limit of time, number or room that the named tests try, with smaller values where the real ones are large."""

    what: str
    most: str
    beyond: str
    tests: tuple[str, ...]


def in_words(most: int | float | timedelta, unit: str = "") -> str:
    if isinstance(most, timedelta):
        most, unit = most.total_seconds(), "s"
    if unit == "s" and most >= 120 and most % 60 == 0:
        return _whole_hours(int(most // 60))
    if unit == "bytes" and most >= 1024:
        size, name = (most / 1024**2, "MB") if most % 1024**2 == 0 else (most / 1024, "KB")
        return f"{size:g} {name}"
    return f"{most:,g} {unit}".strip() if most < 1_000_000 else f"{most:,} {unit}".strip()


def seconds(many: float) -> str:
    return in_words(many, "s")


def size(many: int) -> str:
    return in_words(many, "bytes")


def per(number: int, window: timedelta) -> str:
    return f"{number:,} in {in_words(window)}"


def _whole_hours(minutes: int) -> str:
    if minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"
