"""Pages of the lists in the admin. Rows are counted up to a bound and shown as "10,000+" beyond it.

To count a million rows, or to pass over them, takes longer than all the rest of a page. A list of more rows than are
counted therefore has its first pages by number, and its last pages by negative numbers: -1 is the last, read in the
reverse order.
"""

from functools import cached_property
from typing import Any

from django.core.paginator import EmptyPage, Page, Paginator

MOST_COUNTED = 10_000


class BoundedPaginator(Paginator[Any]):
    object_list: Any

    @cached_property
    def _found(self) -> int:
        return int(self.object_list.order_by()[: MOST_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._found, MOST_COUNTED)

    @property
    def has_more(self) -> bool:
        """Return True if there are more rows than are counted."""
        return self._found > MOST_COUNTED

    @property
    def counted(self) -> str:
        return f"{self.count:,}{'+' if self.has_more else ''}"

    def validate_number(self, number: Any) -> int:
        if number >= 0:
            return super().validate_number(number)
        if -number > self.num_pages:
            raise EmptyPage("There are not so many pages.")
        return int(number) if self.has_more else self.num_pages + 1 + int(number)

    def page(self, number: Any) -> Page[Any]:
        number = self.validate_number(number)
        if number > 0:
            return super().page(number)
        end = -number * self.per_page
        rows = list(self.object_list.reverse()[end - self.per_page : end])
        return Page(rows[::-1], number, self)

    def neighbours(self, number: int) -> tuple[int | None, int | None]:
        """Return the numbers of the pages before and after this one; None where no page has a number."""
        before, after = number - 1 or None, number + 1 or None
        return (
            before if before is None or -self.num_pages <= before else None,
            after if after is None or after <= self.num_pages else None,
        )
