"""The figures in docs/reliability.md, measured here: `python -m tests.faults.reliability` (make reliability)."""

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.faults.fleet import Fleet, Moment, Outcome, running
from tests.faults.standby import WithStandby

PAGE = Path(__file__).parents[2] / "docs/reliability.md"
PLACE = re.compile(r"(?<=<!-- figures -->\n).*?(?=<!-- end of figures -->)", re.DOTALL)
COLUMNS = (
    "fault",
    "faults injected",
    "requests made",
    "failed in flight",
    "failures beyond in flight",
    "refused by 503 with Retry-After",
    "writes acknowledged",
    "acknowledged writes lost",
    "longest fault (s)",
    "seconds to recover",
)
KILLS, ROLLS, RESTARTS, SECONDS_AWAY = 6, 2, 4, 5.0


def faults(fleet: Fleet) -> dict[str, Callable[[], Iterator[Moment]]]:
    return {
        "a replica is killed (SIGKILL) and started again": lambda: fleet.killed(KILLS),
        "every replica is restarted (SIGTERM), one after the other": lambda: fleet.rolled(ROLLS),
        "the database crashes and is started again": lambda: fleet.without_database(RESTARTS, SECONDS_AWAY),
        "the database crashes and its standby takes over": fleet.failed_over,
    }


def row(fault: str, outcome: Outcome) -> tuple[object, ...]:
    beyond = len(outcome.beyond_in_flight)
    return (
        fault,
        len(outcome.faults),
        len(outcome.requests),
        len(outcome.failures) - beyond,
        beyond,
        len(outcome.refused),
        len(outcome.acknowledged),
        len(outcome.lost),
        f"{max(fault.ended - fault.began for fault in outcome.faults):.1f}",
        f"{outcome.seconds_to_recover:.1f}",
    )


def table(rows: list[tuple[object, ...]]) -> str:
    lines = [COLUMNS, ("---",) * len(COLUMNS), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def measured() -> list[tuple[object, ...]]:
    database = WithStandby()
    try:
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            running(Path(folder), database) as fleet,
        ):
            return [row(fault, fleet.under_load(inject)) for fault, inject in faults(fleet).items()]
    finally:
        database.remove()


if __name__ == "__main__":
    PAGE.write_text(PLACE.sub(lambda _: table(measured()), PAGE.read_text()))
