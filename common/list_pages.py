"""The common part of the lists in the admin."""

from typing import Any

from django.contrib.admin.utils import quote
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from common.admin_forms import M, ModelAdmin
from common.changelist import OfferedChangeList
from common.columns import readable
from common.paging import BoundedPaginator
from common.searching import words_found


class ListPage(ModelAdmin[M]):
    paginator = BoundedPaginator
    show_full_result_count = False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OfferedChangeList]:
        return OfferedChangeList

    def get_list_display(self, request: HttpRequest) -> Any:
        return [readable(self.model, name) for name in super().get_list_display(request)]

    def get_sortable_by(self, request: HttpRequest) -> Any:
        return [readable(self.model, name) for name in super().get_sortable_by(request)]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """None is: filters take their own parameters (common.changelist)."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        return words_found(queryset, tuple(self.get_search_fields(request)), search_term), False

    def complete(self, rows: list[M]) -> None:
        """Give the rows of one page of the list what one statement tells of all of them."""

    def page_of(self, request: HttpRequest, row: M) -> HttpResponse | None:
        """Lead to the page of a row; None if it is gone."""
        if self.get_object(request, str(row.pk)) is None:
            return None
        return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", quote(row.pk))
