"""Lists in the admin take the parameters that their pages offer, and nothing else.

Django takes what no filter of a page takes as a look-up through any relation: by `?user__password__startswith=` a
column that no page shows could be read letter by letter. Here a filter takes its own parameters with the values that it
offers, and whatever else stands in the address is refused in words. What is refused never reaches the database.
"""

import re
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import get_fields_from_path
from django.contrib.admin.views.main import ChangeList
from django.db.models import Model, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext

from common.errors import Invalid
from common.listing import clean, timestamp
from common.wording import Wording

MOST_WORDS = 10
SHOWN = 60  # characters of what somebody typed into the address


class NotOffered(Invalid):
    """A parameter that the page doesn't offer, or a value that its filter doesn't."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__("not_offered", f"{name[:SHOWN]}: {why}")


class OfferedChangeList(ChangeList):
    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        for name, values in request.GET.lists():
            if len(values) > 1:
                raise NotOffered(name, "it stands in the address more than once.")
        _check_paging(request.GET)
        try:
            super().__init__(request, *args, **kwargs)
        except IncorrectLookupParameters:
            raise NotOffered("p", "there is no such page in this list.") from None

    def get_filters(self, request: HttpRequest) -> Any:
        """Django's, but nothing is left to be a look-up, and each value is one that its filter offers."""
        given = self.get_filters_params()
        unread = dict(given)
        filters = [self._filter(item, request, unread) for item in self.list_filter]
        for name in unread:
            raise NotOffered(name, "this list can't be narrowed by it.")
        for one in filters:
            for name in given.keys() & set(one.expected_parameters()):
                _require_offered(one, name, given[name][0])
        used = [one for one in filters if one.used_parameters]
        shown = [one for one in filters if one in used or one.has_output()]
        return shown, bool(shown), {}, False, bool(used)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        if self.query and not self.search_fields:
            raise NotOffered("q", "this list can't be searched.")
        check_search(self.query)
        return super().get_queryset(request, exclude_parameters)

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Model]) -> list[Any]:
        wanted = self.params.get("o", "")
        sortable = {str(number) for number, name in enumerate(self.list_display) if self._sorts_by(name)}
        if wanted and not {column.removeprefix("-") for column in wanted.split(".")} <= sortable:
            raise NotOffered("o", "the list has no such column, or can't be sorted by it.")
        if "." in wanted:
            raise NotOffered("o", "the list is sorted by one column at a time.")
        ordering: list[Any] = super().get_ordering(request, queryset)
        if wanted:
            ordering = [ordering[0], "-pk"]
        if ordering[-1] == "-pk" and not ordering[0].startswith("-"):
            ordering[-1] = "pk"  # as an index has both, which is read in either direction
        return ordering

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Keep of the columns to sort by, of which Django's headers add up several, the one that was clicked."""
        if new_params and "o" in new_params:
            new_params = {**new_params, "o": new_params["o"].partition(".")[0]}
        return super().get_query_string(new_params, remove)

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        paginator: Any = self.paginator
        if self.page_num > paginator.num_pages or self.page_num < -paginator.num_pages:
            raise IncorrectLookupParameters
        self.result_list = list(self.result_list)
        self.model_admin.complete(self.result_list)  # type: ignore[attr-defined]  # ServiceAdmin
        self.counted, self.ways = paginator.counted, self._ways(paginator) if paginator.has_more else []

    def _ways(self, paginator: Any) -> list[tuple[str, str]]:
        """Return the links of a list whose pages are not all numbered; the page itself has no address."""
        words = gettext("Page %(number)s") if self.page_num > 0 else gettext("Page %(number)s from the end")
        before, after = paginator.neighbours(self.page_num)
        ways = [
            (gettext("First"), 1 if self.page_num != 1 else None),
            (gettext("Previous"), before),
            (words % {"number": abs(self.page_num)}, 0),
            (gettext("Next"), after),
            (gettext("Last"), -1 if self.page_num != -1 else None),
        ]
        return [
            (said, self.get_query_string({"p": number}) if number else "")
            for said, number in ways
            if number is not None
        ]

    def _filter(self, item: Any, request: HttpRequest, unread: dict[str, list[str]]) -> Any:
        """One item of `list_filter`: a class, or the path of a field. It takes its parameters out of `unread`."""
        if isinstance(item, type):
            return item(request, unread, self.model, self.model_admin)
        field = get_fields_from_path(self.model, item)[-1]
        return admin.FieldListFilter.create(field, request, unread, self.model, self.model_admin, field_path=item)

    def _sorts_by(self, name: Any) -> bool:
        offered = self.sortable_by is None or name in self.sortable_by
        return bool(offered and self.get_ordering_field(name))


def check_search(text: str) -> None:
    """Invalid for what is too much: each word becomes conditions, of which a database takes a limited number."""
    if len(text.split()) > MOST_WORDS:
        raise Invalid("bad_text", Wording("Search for at most {most} words.", most=MOST_WORDS))
    clean(text)


class LinkedFilter(admin.SimpleListFilter):
    """Narrows a list by the links of other pages. It is on the page only while it does, so that it can be lifted."""

    field_path: str
    is_typed = False

    def label(self, request: HttpRequest, value: str) -> str | None:
        """Return what is called so; None when there is nothing of the kind."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        value = self.value()
        label = None if value is None else self.label(request, value)
        return [] if value is None or label is None else [(value, label)]

    def queryset(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if self.value() is None else rows.filter(**{self.field_path: self.value()})


class _Offering:
    """Stands for the list in `ListFilter.choices`, and collects the parameters of its links."""

    add_facets = False

    def __init__(self) -> None:
        self.offered: set[tuple[str, str]] = set()

    def get_query_string(self, new_params: dict[str, Any] | None = None, remove: list[str] | None = None) -> str:
        given = {name: value for name, value in (new_params or {}).items() if value is not None}
        self.offered |= {(name, str(value)) for name, value in given.items()}
        return ""


def _require_offered(list_filter: Any, name: str, value: str) -> None:
    if isinstance(list_filter, admin.DateFieldListFilter) and not name.endswith("__isnull"):
        timestamp(value, name)  # the links say today, and a bookmark some other day
        return
    if isinstance(list_filter, LinkedFilter) and list_filter.is_typed:
        return  # it has checked what was typed
    offering = _Offering()
    list(list_filter.choices(offering))
    if (name, value) not in offering.offered:
        raise NotOffered(name, "the list has no such choice, or has it no more.")


_PAGING = {
    "p": (re.compile(r"-?[1-9][0-9]{0,8}", re.ASCII), "a page is a whole number, from the end if it is negative."),
    "all": (re.compile(r"1?"), "it takes no value."),
    "o": (re.compile(r"(-?[0-9]{1,2}(\.-?[0-9]{1,2}){0,20})?", re.ASCII), "columns are numbers, joined by full stops."),
    "_facets": (re.compile(r"True"), "it takes True."),
    "_popup": (re.compile(r"1"), "it takes 1."),
}


def _check_paging(params: QueryDict) -> None:
    for name, (form, why) in _PAGING.items():
        if name in params and not form.fullmatch(str(params[name])):
            raise NotOffered(name, why)
    for name in ("e", "_to_field"):
        if name in params:
            raise NotOffered(name, "this list doesn't take it.")
