"""`make bench`: the works one after the other, or with names as arguments those, without writing anything down."""

import subprocess
import sys
from typing import TYPE_CHECKING

from bench.page import keep
from bench.server import pin, prepare_environment, prepare_world, serving
from tests.ports import free_port

if TYPE_CHECKING:
    from bench.load import Measured

ENOUGH = 0.85


def main() -> None:
    pin(1)
    port = prepare_environment()
    world = prepare_world()

    from bench.calibration import bare_view, operations, per_core
    from bench.load import AT_ONCE, measure
    from bench.works import WORKS

    chosen = [work for work in WORKS if work.name in sys.argv[1:]]
    machine = {name: per_core(operation) for name, operation in operations().items()}
    at = free_port()
    with serving(at, "bench.bare") as worker:
        machine["bare Django view"] = bare_view(at, worker)
    calibration = [f"| {name} | {rate:,.0f} |" for name, rate in machine.items()]
    sys.stdout.write("\n".join(calibration) + "\n")
    rows = []
    with serving(port) as worker:
        for work in chosen or WORKS:
            measured = measure(work.callers(world), port, worker)
            rows.append(row(work.name, work.goal, measured))
            sys.stdout.write(rows[-1] + "\n")
            sys.stdout.flush()
    if not chosen:
        keep("server", rows, at_once=str(AT_ONCE), calibration="\n".join(calibration))
        subprocess.run([sys.executable, "-m", "bench.rbac"], check=True)
        subprocess.run([sys.executable, "-m", "bench.lists"], check=True)
        subprocess.run([sys.executable, "-m", "bench.peers"], check=True)


def row(name: str, goal: int | None, measured: "Measured") -> str:
    limit = "the server's core" if measured.busy > ENOUGH else "the database and the callers"
    columns = (
        name,
        f"{measured.per_core:,.0f}",
        f"{goal:,}" if goal else "-",
        f"{measured.per_second:,.0f}",
        f"{measured.busy:.0%}",
        f"{measured.p50:.1f}",
        f"{measured.p99:.1f}",
        f"{measured.p99_at_once:.1f}",
        f"{measured.p99_at_half:.1f}",
        limit,
    )
    return f"| {' | '.join(columns)} |"


if __name__ == "__main__":
    main()
