"""`python -m bench.running`: a server of two workers from its start on: memory, what a second core gives, and a soak.

It shares the machine with its database and its callers, as on a machine that it has for itself. `--minutes` is how long
the soak takes: all kinds of work at once, at a steady rate far below what the server can.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from statistics import median
from typing import TYPE_CHECKING

from bench.page import keep
from bench.server import HOST, Process, children_of, pin_to_all, prepare_environment, prepare_world

if TYPE_CHECKING:
    from bench.load import Caller
    from bench.works import Work, World

STARTS = 5
WARM_UP, SECONDS = 2.0, 10.0
SCALED = ("TokenReview of a person's token", "client credentials, RS256")
PASSWORD = "password at /api/v1/token"  # noqa: S105  the name of a work
# Requests a second of each work in the soak.
STEADY = {
    "TokenReview of a person's token": 40,
    "client credentials, RS256": 10,
    "introspection": 10,
    "refresh": 5,
    "SAML sign-in finished by the browser": 1,
    PASSWORD: 1,
}


class Server:
    """The process above the workers, and these."""

    def __init__(self, master: int) -> None:
        self.master = master

    @property
    def workers(self) -> list[Process]:
        return children_of(self.master)

    def cpu_seconds(self) -> float:
        return sum(worker.cpu_seconds() for worker in self.workers)

    def memory(self) -> tuple[float, float]:
        """In MB: of the process above, and of the workers together; what they share is divided among them."""
        return Process(self.master).memory(), sum(worker.memory() for worker in self.workers)

    def open_files(self) -> int:
        return sum(len(os.listdir(f"/proc/{worker.pid}/fd")) for worker in self.workers)


@contextmanager
def started(port: int, workers: int) -> Iterator[tuple[Server, float]]:
    """Begin a server on any core; also return after how many seconds it was ready."""
    began = time.perf_counter()
    environment = {**os.environ, "WEB_CONCURRENCY": str(workers), "PORT": str(port), "BIND": HOST}
    master = subprocess.Popen(
        [sys.executable, "-m", "runai_identity.local"],
        env=environment,
        stdout=subprocess.DEVNULL,
        preexec_fn=pin_to_all,
    )
    try:
        while not is_ready(port):
            if master.poll() is not None or time.perf_counter() > began + 60:
                raise SystemExit("The server did not start.")
            time.sleep(0.01)
        yield Server(master.pid), time.perf_counter() - began
    finally:
        master.send_signal(signal.SIGINT)  # at once, without waiting for a proxy to notice
        master.wait(20)


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HOST}:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=10, help="how long the soak takes (10)")
    asked = parser.parse_args()
    port = prepare_environment()
    world = prepare_world()
    starts = rows_of_starts(port)
    with started(port, 2) as (server, _):
        memory = rows_of_memory(server, world, port)
    scaled = rows_of_scaling(world, port)
    with started(port, 2) as (server, _):
        soaked = rows_of_soak(server, world, port, asked.minutes)
    keep(
        "running",
        starts,
        memory="\n".join(memory),
        scaled="\n".join(scaled),
        soaked="\n".join(soaked),
        minutes=str(asked.minutes),
    )


def rows_of_starts(port: int) -> list[str]:
    """Time starts on a database that is there; the first of them, which also fills caches of files, is left out."""
    took = []
    for _ in range(STARTS + 1):
        with started(port, 2) as (_, seconds):
            took.append(seconds)
    row = f"| {median(took[1:]):.2f} | {min(took[1:]):.2f} | {max(took[1:]):.2f} |"
    return [_said(row)]


def rows_of_memory(server: Server, world: "World", port: int) -> list[str]:
    from bench.load import run
    from bench.works import WORKS
    from runai_identity.turns import QUIET

    rows = [_memory("ready", server)]

    def after(what: str, works: list["Work"]) -> None:
        for work in works:
            run(work.callers(world)(4), port, SECONDS / 2)
        rows.append(_memory(what, server))

    others = [work for work in WORKS if work.name != PASSWORD and "SAML" not in work.name]
    after("and all kinds of tokens, introspection, userinfo and TokenReviews", others)
    after("and passwords, at once", [work for work in WORKS if work.name == PASSWORD])
    time.sleep(QUIET + 2)
    rows.append(_memory("the same, twelve seconds later", server))
    after("and sign-ins by SAML", [work for work in WORKS if "SAML" in work.name])
    return rows


def _memory(what: str, server: Server) -> str:
    above, workers = server.memory()
    return _said(f"| {what} | {above + workers:.0f} | {above:.0f} | {workers:.0f} |")


def rows_of_scaling(world: "World", port: int) -> list[str]:
    from bench.load import run
    from bench.works import WORKS

    rows = []
    for work in (one for one in WORKS if one.name in SCALED):
        for_each = []
        for workers in (1, 2):
            with started(port, workers) as (server, _):
                callers = work.callers(world)(4 * workers)
                run(callers, port, WARM_UP)
                used = server.cpu_seconds()
                answered = len(run(callers, port, SECONDS))
                for_each.append(answered / (server.cpu_seconds() - used))
        one, two = for_each
        rows.append(_said(f"| {work.name} | {one:,.0f} | {two:,.0f} | {2 * two / one:.2f} |"))
    return rows


def rows_of_soak(server: Server, world: "World", port: int, minutes: int) -> list[str]:
    from bench.works import WORKS

    callers = {work.name: work.callers(world)(1)[0] for work in WORKS if work.name in STEADY}
    rows = []
    for minute in range(1, minutes + 1):
        took = _soaked(callers, port, 60)
        everything = sorted(one for each in took.values() for one in each)
        p50, p99 = (everything[len(everything) * percent // 100] * 1000 for percent in (50, 99))
        memory = sum(server.memory())
        rows.append(
            _said(f"| {minute} | {len(everything):,} | {p50:.1f} | {p99:.0f} | {memory:.0f} | {server.open_files()} |")
        )
    return [rows[0], *(rows[at] for at in range(4, minutes - 1, 5)), rows[-1]]


def _soaked(callers: dict[str, "Caller"], port: int, seconds: float) -> dict[str, list[float]]:
    """Return how long the requests of each work took. An answer that is no success ends the program."""
    from bench.load import ask_on

    took: dict[str, list[float]] = {name: [] for name in callers}
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(len(callers)) as pool:
        asking = [
            pool.submit(ask_on, caller, port, until, took[name], 1 / STEADY[name]) for name, caller in callers.items()
        ]
    for asked in asking:
        asked.result()
    return took


def _said(row: str) -> str:
    sys.stdout.write(f"{row}\n")
    sys.stdout.flush()
    return row


if __name__ == "__main__":
    main()
