"""Lists of many rows, newest first, that are never counted: each page begins after the last row of the one before.

To count a million rows, or to pass over those of the pages before, takes longer than all the rest of a page. So `older`
in the address names the row after which a page begins, and one row more than is shown tells that there is another.
"""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from common.changelist import LinkedFilter, NotOffered, OfferedChangeList, check_search

M = TypeVar("M", bound=Model)

OLDER = "older"
EVERYTHING = Q()
IN_ONE_PIECE = 2000  # rows of an export


class TypedFilter(LinkedFilter):
    """Narrows a list by what people type, compared as a whole. It takes several look-ups, of which one has to fit."""

    is_typed = True

    def check(self, value: str) -> None:
        """Raise NotOffered, saying what it takes, for what can't be meant."""

    def any_of(self, value: str) -> Sequence[Q]:
        return [Q(**{self.field_path: value})]

    def label(self, request: HttpRequest, value: str) -> str | None:
        self.check(value)
        return value


class NewestFirst(OfferedChangeList):
    """The list of a page that says by `newest_by` which field of its rows is their time; the key breaks ties."""

    def get_filters_params(self, params: Any = None) -> Any:
        return {name: value for name, value in super().get_filters_params(params).items() if name != OLDER}

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> Any:
        check_search(self.query)
        if self.params.get("o"):
            raise NotOffered("o", "this list is always newest first.")
        self.filter_specs, self.has_filters, _, _, self.has_active_filters = self.get_filters(request)
        self.clear_all_filters_qs = self.get_query_string(remove=[*self.get_filters_params(), OLDER])
        rows: Any = self.apply_select_related(self.root_queryset)
        self.alternatives: list[Q] = [EVERYTHING]
        for one in self.filter_specs:
            if not isinstance(one, TypedFilter):
                rows = one.queryset(request, rows)
            elif (value := one.value()) is not None:
                self._narrow(one.any_of(value))
        if self.query:
            self._narrow(self.model_admin.searched_as(self.query))  # type: ignore[attr-defined]
        return rows

    def _narrow(self, any_of: Sequence[Q]) -> None:
        self.alternatives = [before & one for before in self.alternatives for one in any_of]

    def get_results(self, request: HttpRequest) -> None:
        if self.page_num > 1 or self.show_all:
            raise NotOffered("p", "this list has no numbers of pages: go on by its links.")
        begins = self._row_before(request)
        found = self.newest(self.list_per_page + 1, before=begins)
        self.result_list = found[: self.list_per_page]
        self.result_count, self.full_result_count = len(self.result_list), None
        self.show_admin_actions, self.show_full_result_count = True, False
        self.can_show_all = self.multi_page = False
        more = len(found) > self.list_per_page
        self.counted = f"{self.result_count}{'+' if more else ''}"
        self.older = self.get_query_string({OLDER: self.result_list[-1].pk}) if more else ""
        self.from_the_newest = self.get_query_string(remove=[OLDER])
        self.goes_on = begins is not None
        self.narrowed = [
            (one.title, one.value(), self.get_query_string(remove=[str(one.parameter_name), OLDER]))
            for one in self.filter_specs
            if isinstance(one, TypedFilter)
        ]

    def newest(self, size: int, *, before: Any = None) -> list[Any]:
        """Return the newest rows of the list that are older than `before`.

        One statement for each alternative: asked for all of them with OR, a database sorts everything that any takes.
        """
        by = self.model_admin.newest_by  # type: ignore[attr-defined]
        rows: QuerySet[Any] = self.queryset.order_by(f"-{by}", "-pk")
        if before is not None:
            at = getattr(before, by)
            rows = rows.filter(**{f"{by}__lte": at}).filter(Q(**{f"{by}__lt": at}) | Q(pk__lt=before.pk))
        found = {row.pk: row for one in self.alternatives for row in rows.filter(one)[:size]}
        return sorted(found.values(), key=lambda row: (getattr(row, by), row.pk), reverse=True)[:size]

    def everything(self) -> Iterator[Any]:
        """Yield all rows of the list, of which a few are in memory at any time."""
        piece = self.newest(IN_ONE_PIECE)
        while piece:
            yield from piece
            piece = self.newest(IN_ONE_PIECE, before=piece[-1]) if len(piece) == IN_ONE_PIECE else []

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Model]) -> list[Any]:
        return []

    def get_ordering_field_columns(self) -> dict[Any, Any]:
        return {}

    def _row_before(self, request: HttpRequest) -> Any:
        given = request.GET.get(OLDER)
        if given is None:
            return None
        key: Any = getattr(self.opts.pk, "target_field", self.opts.pk)
        try:
            row = self.root_queryset.filter(pk=key.clean(given, None)).first() if given.isascii() else None
        except (ValidationError, OverflowError):
            row = None
        if row is None:
            raise NotOffered(OLDER, "there is no such row, or there is none any more. Begin with the newest.")
        return row
