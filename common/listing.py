"""The list parameters of the published API: `offset`, `limit`, `sortBy`, `sortOrder`, `filterBy`, `search`.

`filterBy` is a comma-joined list of `field<op>value`, op one of `==` `!=` `<=` `>=` `=@` (contains) `!@` (contains
not) `=^` (starts with) `=$` (ends with). A time that may be missing is also compared with `never`.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import CharField, DateTimeField, Model, Q, QuerySet
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from common.errors import Invalid
from common.searching import containing

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
FAR = 1000  # rows that are passed over before a page is looked for from the end

MOST_CONDITIONS = 30
LONGEST_TEXT = 500

LOOKUPS = {
    "==": ("exact", False),
    "!=": ("exact", True),
    "<=": ("lte", False),
    ">=": ("gte", False),
    "=@": ("icontains", False),
    "!@": ("icontains", True),
    "=^": ("istartswith", False),
    "=$": ("iendswith", False),
}
M = TypeVar("M", bound=Model)

_CONDITION = re.compile(r"^(?P<name>[A-Za-z_]+)(?P<op>==|!=|<=|>=|=@|!@|=\^|=\$)(?P<value>.*)$", re.DOTALL)


@dataclass(frozen=True)
class Fields:
    """The fields by which a list can be sorted, filtered and searched: API name → model lookup path."""

    sortable: Mapping[str, str | tuple[str, ...]]
    filterable: Mapping[str, str] = field(default_factory=dict)
    searched: tuple[str, ...] = ()
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)  # all values that a name can have
    same: Mapping[str, Callable[[str], Q]] = field(default_factory=dict)  # where == takes more than the same text
    contains: Mapping[str, Callable[[str], Q]] = field(default_factory=dict)  # where a search asks no column for it
    default_sort: str | tuple[str, ...] = "pk"
    ties: tuple[str, ...] = ("pk",)  # break ties in ascending order, as the indexes have them
    default_limit: int = DEFAULT_LIMIT
    max_limit: int = MAX_LIMIT


def narrow(rows: QuerySet[M], params: QueryDict, fields: Fields) -> QuerySet[M]:
    """Apply `filterBy` and `search`."""
    conditions = [condition for condition in params.get("filterBy", "").split(",") if condition]
    if len(conditions) > MOST_CONDITIONS:
        raise Invalid("bad_filter", f"filterBy takes at most {MOST_CONDITIONS} conditions.")
    for condition in conditions:
        rows = _filter(rows, condition, fields)
    if text := clean(params.get("search", "")):
        rows = rows.filter(_found(rows, text, fields))
    return rows


def _found(rows: QuerySet[Any], text: str, fields: Fields) -> Q:
    usual = tuple(path for path in fields.searched if path not in fields.contains)
    found = containing(rows.model, usual, text)
    for path in fields.searched:
        found |= fields.contains[path](text) if path in fields.contains else Q()
    return found


def page(rows: QuerySet[M], params: QueryDict, fields: Fields, *, total: int | None = None) -> list[M]:
    """Sort and cut out one page; the primary key breaks ties, so that pages never overlap."""
    path, descending, offset, limit = asked(params, fields)
    ordered = rows.order_by(*([path] if isinstance(path, str) else path), *fields.ties)
    return cut(ordered.reverse() if descending else ordered, offset, limit, total=total)


def asked(params: QueryDict, fields: Fields) -> tuple[str | tuple[str, ...], bool, int, int]:
    """Return by what to sort, whether descending, how many rows to pass over and how many to show."""
    sort_by = params.get("sortBy")
    if sort_by and sort_by not in fields.sortable:
        raise Invalid("bad_sort", f"sortBy takes one of: {', '.join(fields.sortable)}.")
    order = params.get("sortOrder", "asc")
    if order not in ("asc", "desc"):
        raise Invalid("bad_sort", "sortOrder takes asc or desc.")

    offset = number_asked(params, "offset", 0, 0, 2**31)
    limit = number_asked(params, "limit", fields.default_limit, 1, fields.max_limit)
    return fields.sortable[sort_by] if sort_by else fields.default_sort, order == "desc", offset, limit


def cut(ordered: QuerySet[M], offset: int, limit: int, *, total: int | None = None) -> list[M]:
    """Cut a page out of sorted rows. One nearer to the end than to the beginning is read from the end.

    The rows are counted for that, unless the caller knows the total.
    """
    if offset < FAR:
        return list(ordered[offset : offset + limit])
    left = (ordered.count() if total is None else total) - offset
    if left > offset:
        return list(ordered[offset : offset + limit])
    found = ordered.reverse()[max(left - limit, 0) : max(left, 0)]
    return list(found)[::-1]


def number_asked(params: QueryDict, name: str, default: int, low: int, high: int) -> int:
    """Return the number in a query parameter, the default without one; raise Invalid `bad_number` for other text."""
    raw = params.get(name)
    if raw is None or raw == "":
        return default
    if not re.fullmatch(r"[0-9]{1,10}", raw, re.ASCII) or not low <= int(raw) <= high:
        raise Invalid("bad_number", f"{name} takes a whole number from {low} to {high}.")
    return int(raw)


def timestamp(value: str, name: str) -> datetime:
    """Read an ISO 8601 time; without an offset it is UTC."""
    try:
        moment = parse_datetime(value)
        if moment is not None:
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        pass  # no such day, or one that UTC puts before the year 1 or after 9999
    raise Invalid("bad_time", f"{name} takes an ISO 8601 time such as 2026-01-31T12:00:00Z.")


def clean(text: str) -> str:
    """Text to search or to compare with, which a database takes."""
    if "\x00" in text:
        raise Invalid("bad_text", "A parameter contains a NUL character.")
    if len(text) > LONGEST_TEXT:
        raise Invalid("bad_text", f"Search and compare with at most {LONGEST_TEXT} characters.")
    return text


def _filter(rows: QuerySet[M], condition: str, fields: Fields) -> QuerySet[M]:
    match = _CONDITION.match(condition)
    known = ", ".join(fields.filterable)
    if not match:
        operators = " ".join(LOOKUPS)
        raise Invalid("bad_filter", f"filterBy takes conditions such as name==value ({operators}) over: {known}.")
    if match["name"] not in fields.filterable:
        name = clean(match["name"])
        raise Invalid("bad_filter", f"filterBy: This list is not filtered by {name}. It takes: {known}.")
    path = fields.filterable[match["name"]]
    lookup, negated = LOOKUPS[match["op"]]
    value: Any = clean(match["value"])
    column = _column(rows, path)
    if isinstance(column, DateTimeField) and column.null and value == "never":
        return rows.filter(**{f"{path}__isnull": _equals(match)})
    if column is not None and not isinstance(column, CharField):
        if lookup not in ("exact", "lte", "gte"):
            raise Invalid("bad_filter", f"{match['name']} can be compared by == != <= >= only.")
        value = _typed(column, value, match["name"])
    if lookup == "exact":
        _refuse_no_choice(match["name"], value, fields.choices.get(match["name"]) or _choices_of(column))
    same = fields.same.get(match["name"]) if lookup == "exact" else None
    query = same(value) if same else Q(**{f"{path}__{lookup}": value})
    return rows.filter(~query if negated else query)


def _choices_of(column: Any) -> Collection[str]:
    return [str(value) for value, _ in getattr(column, "choices", None) or ()]


def _refuse_no_choice(name: str, value: Any, choices: Collection[str]) -> None:
    if choices and str(value) not in choices:
        raise Invalid("bad_filter", f"filterBy: {name} is one of: {', '.join(choices)}.")


def _equals(match: re.Match[str]) -> bool:
    if match["op"] not in ("==", "!="):
        raise Invalid("bad_filter", f"{match['name']} is compared with never by == and != only.")
    return match["op"] == "=="


def _typed(column: Any, text: str, name: str) -> Any:
    if isinstance(column, DateTimeField):
        return timestamp(text, name)
    try:
        value = column.to_python({"true": True, "false": False}.get(text.lower(), text))
        column.run_validators(value)
    except ValidationError:
        raise Invalid("bad_filter", f"{text!r} can't be compared with {name}.") from None
    return value


def _column(rows: QuerySet[M], path: str) -> Any:
    """Return the field in which this lookup path ends, or that an annotation is; None for text of no field."""
    if path in rows.query.annotations:
        return rows.query.annotations[path].output_field
    model: type[Model] = rows.model
    field: Any = None
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    return getattr(field, "target_field", field)
