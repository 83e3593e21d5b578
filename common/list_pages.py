"""What the lists of the admin have in common."""

from typing import Any

from django.http import HttpRequest

from common.admin_forms import M, ModelAdmin
from common.changelist import OfferedChangeList
from common.columns import readable
from common.paging import BoundedPaginator


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

    def complete(self, rows: list[M]) -> None:
        """Give the rows of one page of the list what one statement tells of all of them."""
