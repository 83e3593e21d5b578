"""Twenty requests at the same moment, each on a connection of its own."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

AT_ONCE = 20


def at_once(ask: Callable[[], Any]) -> list[Any]:
    barrier = Barrier(AT_ONCE)

    def one(_: int) -> Any:
        barrier.wait()
        try:
            return ask()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as clients:
        return list(clients.map(one, range(AT_ONCE)))


def outcomes(answers: list[Any]) -> Counter[str]:
    """How often which OAuth error was answered; `ok` stands for tokens."""
    return Counter(answer.json().get("error", "ok") for answer in answers)
