"""What a flood of one kind of request costs: statements, rows and time, while all bounds are small."""

import gc
import time
from collections import Counter
from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.anonymous.requests import Case, World
from tests.operations.growth import rows_by_table

REQUESTS = 15
STEP = 5  # statements are told in steps, so that not each change of a page changes the table


@dataclass(frozen=True)
class Cost:
    """`rows` came of the first requests, `more` of as many after them; the quickest took `seconds`."""

    statuses: tuple[int, ...]
    statements: int
    rows: dict[str, int]
    more: dict[str, int]
    seconds: float

    @property
    def line(self) -> tuple[str, str, str]:
        """Its part of the table: answers, statements, and where there are rows."""
        steps = -(-self.statements // STEP) * STEP
        rows = ", ".join(sorted(self.rows)) or "none"
        return " ".join(map(str, self.statuses)), str(steps), rows


def measured(case: Case, world: World) -> Cost:
    before = rows_by_table()
    statuses: Counter[int] = Counter()
    statements = max(_sent(case, world, number, statuses) for number in range(REQUESTS))
    between = rows_by_table()
    gc.collect()
    taken = [_time_of(case, world, number) for number in range(REQUESTS, 2 * REQUESTS)]
    return Cost(
        statuses=tuple(sorted(statuses)),
        statements=statements,
        rows=_grown(before, between),
        more=_grown(between, rows_by_table()),
        seconds=min(taken),
    )


def _sent(case: Case, world: World, number: int, statuses: Counter[int]) -> int:
    with CaptureQueriesContext(connection) as asked:
        answer = case.send(world, number)
    answer.getvalue()  # whole, so that a file is closed
    statuses[answer.status_code] += 1
    return len(asked)


def _time_of(case: Case, world: World, number: int) -> float:
    began = time.process_time()
    answer = case.send(world, number)
    spent = time.process_time() - began
    answer.getvalue()  # whole, so that a file is closed
    return spent


def _grown(before: dict[str, int], now: dict[str, int]) -> dict[str, int]:
    return {table: count - before[table] for table, count in now.items() if count != before[table]}
