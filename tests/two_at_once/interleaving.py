"""Run two verbs at the same time on PostgreSQL, one of them held still at a chosen statement.

The first runs on a connection of its own until it is about to send its nth statement that writes or locks (its COMMIT
counts as one).
There it stops; the second runs until it is done or waits for a lock; then the first goes on.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from time import monotonic
from typing import Any

from django.db import connection, connections

from common.errors import DomainError

PATIENCE = 20.0
COMMIT = "COMMIT"

Verb = Callable[[], Any]


@dataclass
class Run:
    """One verb under way. `ended` is what came of it: "done", the code of a refusal, or the exception."""

    verb: Verb
    before: Callable[[str], None] = lambda statement: None
    ended: str | BaseException = ""
    over: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        assert self.over.wait(PATIENCE), "it never ended"


class Connection:
    """A thread with a connection of its own, which runs what it is given."""

    def __init__(self) -> None:
        self._given: SimpleQueue[Run | None] = SimpleQueue()
        self._opened = threading.Event()
        self.pid = 0
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        assert self._opened.wait(PATIENCE)

    def start(self, run: Run) -> Run:
        self._given.put(run)
        return run

    def close(self) -> None:
        self._given.put(None)
        self._thread.join(PATIENCE)

    def _work(self) -> None:
        mine: Any = connections["default"]
        with mine.cursor() as cursor:
            cursor.execute("SET deadlock_timeout = '50ms'")
            cursor.execute("SELECT pg_backend_pid()")
            self.pid = cursor.fetchone()[0]
        commit = mine._commit
        self._opened.set()
        while (run := self._given.get()) is not None:
            mine._commit = lambda before=run.before: (before(COMMIT), commit())
            with mine.execute_wrapper(_telling(run.before)):
                run.ended = _outcome(run.verb)
            run.over.set()
        mine.close()


def _telling(before: Callable[[str], None]) -> Any:
    def execute(go_on: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        before(sql)
        return go_on(sql, params, many, context)

    return execute


def _outcome(verb: Verb) -> str | BaseException:
    try:
        answer = verb()
    except DomainError as refusal:
        return refusal.code
    except BaseException as error:
        return error
    status = getattr(answer, "status_code", 200)
    return "done" if status < 400 else str(status)


class TwoAtOnce:
    def __init__(self) -> None:
        self.one, self.two = Connection(), Connection()

    def count(self, verb: Verb) -> int:
        """How many statements of a verb write or lock, its COMMIT included."""
        seen: list[str] = []
        self.one.start(Run(verb, seen.append)).wait()
        return max(1, len([statement for statement in seen if _counts(statement)]))

    def run(self, first: Verb, second: Verb, *, at: int) -> tuple[Run, Run]:
        """Both, over; the first was held before its `at`th statement, if it has as many."""
        held, go_on = threading.Event(), threading.Event()
        seen: list[str] = []

        def before(statement: str) -> None:
            seen.extend([statement] if _counts(statement) else [])
            if len(seen) == at and not held.is_set():
                held.set()
                assert go_on.wait(PATIENCE)

        one, two = Run(first, before), Run(second)
        self.one.start(one)
        while not held.wait(0.001) and not one.over.is_set():
            pass
        self.two.start(two)
        ends_at = monotonic() + PATIENCE
        while not two.over.wait(0.001) and not self._second_waits():
            assert monotonic() < ends_at
        go_on.set()
        one.wait()
        two.wait()
        return one, two

    def _second_waits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(%s))", [self.two.pid])
            return bool(cursor.fetchone()[0])


def _counts(statement: str) -> bool:
    if statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
        return False
    return not statement.startswith("SELECT") or " FOR " in statement


@contextmanager
def two_connections() -> Iterator[TwoAtOnce]:
    both = TwoAtOnce()
    try:
        yield both
    finally:
        both.one.close()
        both.two.close()
