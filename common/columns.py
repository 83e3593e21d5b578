"""Columns of lists in the admin: times with their distance, yes and no in words."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, DateTimeField, Model
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timesince import timesince
from django.utils.translation import gettext

Column = Callable[[Any], Any]


@cache
def readable(model: type[Model], name: Any) -> Any:
    """Return the column of a list in the form in which people read it; what is no field of the model stays.

    Each time the same one: Django looks a column up among those that can be sorted by.
    """
    try:
        field = model._meta.get_field(name)
    except (FieldDoesNotExist, AttributeError, TypeError):
        return name
    if isinstance(field, DateTimeField):
        return _column(field, lambda row: when(getattr(row, name)))
    if isinstance(field, BooleanField):
        return _column(field, lambda row: yes_or_no(getattr(row, name)))
    return name


def _column(field: Any, show: Column) -> Column:
    def column(row: Any) -> Any:
        return show(row)

    column.__name__ = field.name
    column.short_description = capfirst(field.verbose_name)  # type: ignore[attr-defined]  # as Django's admin has it
    column.admin_order_field = field.name  # type: ignore[attr-defined]
    return column


def when(at: datetime | None) -> SafeString | str:
    """Say how long ago or how soon, with the time and its zone behind it."""
    if at is None:
        return "-"
    now, there = timezone.now(), timezone.localtime(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        there.isoformat(),
        there.strftime("%Y-%m-%d %H:%M:%S %Z"),
        _said(at, now, depth=1),
    )


def from_now(at: datetime) -> str:
    """Say how long ago or how soon in two units, rounded to the nearest: what is a moment short of a day is "1 day"."""
    now = timezone.now()
    unit = timedelta(hours=1) if abs(at - now) > timedelta(days=2) else timedelta(minutes=1)
    rounded = unit * round((at - now) / unit)
    with suppress(OverflowError):  # within an hour of the last moment that there is
        at = now + rounded if rounded else at
    return _said(at, now, depth=2)


def _said(at: datetime, now: datetime, *, depth: int) -> str:
    if abs(now - at) < timedelta(minutes=1):
        return gettext("just now") if at <= now else gettext("within a minute")
    said = gettext("%(distance)s ago") if at <= now else gettext("in %(distance)s")
    return said % {"distance": timesince(min(at, now), max(at, now), depth=depth)}


def yes_or_no(value: bool | None) -> SafeString | str:
    """Neither is a fault: what is one has a badge of its own."""
    return format_html('<span class="{}">{}</span>', *(("yes", gettext("Yes")) if value else ("quiet", gettext("No"))))


def badges(*shown: tuple[str, str]) -> SafeString:
    """Return words with a colour each: good, warn or wrong; empty for none."""
    return format_html_join(" ", '<span class="badge {}">{}</span>', ((kind, word) for word, kind in shown))


def with_code(words: str, code: str) -> SafeString:
    """Return words with the code by which programs and the search know them; the code alone where it has no words."""
    return format_html('{} <code class="quiet">{}</code>', words, code) if words != code else format_html("{}", code)
