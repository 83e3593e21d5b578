"""`python -m bench.cpu`: the CPU time of the server's process for each request, and where it goes.

CPU time is what a busy machine distorts least, so this may run beside other programs: of several rounds the least
counts. `python -m bench` states requests per second as well, and needs a quiet machine.
"""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Any

from bench.page import keep
from bench.sampling import PARTS, REST, sampled
from bench.server import HOST, Process, pin, prepare_environment, prepare_world, serving
from tests.ports import free_port

ROUNDS, SECONDS = 6, 0.8
INSIDE_ROUNDS, INSIDE_SECONDS = 12, 0.2
SAMPLED_SECONDS = 3.0
MEASURED = (
    "client credentials, RS256",
    "client credentials, ES256",
    "introspection",
    "userinfo",
    "refresh",
    "TokenReview of a person's token",
    "password at /api/v1/token",
)


@dataclass(frozen=True)
class Cost:
    """Microseconds of CPU for a request: of the server's process, and of the WSGI application alone with its shares."""

    served: float
    inside: float
    shares: dict[str, float]


def main() -> None:
    pin(1)
    port = prepare_environment()
    world = prepare_world()

    from bench.calibration import operations, per_core
    from bench.works import WORKS

    machine = {name: 1e6 / max(per_core(operation) for _ in range(3)) for name, operation in operations().items()}
    bare = machine["bare Django view"] = _cost_of_bare_view()
    costs: dict[str, Cost] = {}
    with serving(port) as worker:
        for work in (work for work in WORKS if work.name in (sys.argv[1:] or MEASURED)):
            ask = _asking(work.callers(world)(1)[0])
            costs[work.name] = Cost(
                served=_least(work.callers(world), port, worker),
                inside=min(_inside(ask) for _ in range(INSIDE_ROUNDS)),
                shares=sampled(ask, SAMPLED_SECONDS),
            )
            sys.stdout.write(f"{_row(work.name, costs[work.name], bare)}\n{_profile(work.name, costs[work.name])}\n")
            sys.stdout.flush()
    if len(sys.argv) == 1:
        _keep(costs, machine)


def _keep(costs: dict[str, Cost], machine: dict[str, float]) -> None:
    keep(
        "cpu",
        [_row(name, cost, machine["bare Django view"]) for name, cost in costs.items()],
        calibration="\n".join(f"| {name} | {cost:,.0f} |" for name, cost in machine.items()),
        profile="\n".join(_profile(name, cost) for name, cost in costs.items()),
        parts=" | ".join((*PARTS, REST)),
        rule="|" + "---|" * (len(PARTS) + 4),
        load=f"{os.getloadavg()[1]:.1f}",
    )


def _cost_of_bare_view() -> float:
    from bench.calibration import Asking

    at = free_port()
    with serving(at, "bench.bare") as worker:
        return _least(lambda many: [Asking() for _ in range(many)], at, worker)


def _least(callers: Callable[[int], list[Any]], port: int, worker: Process) -> float:
    """With four callers at once, by the clock of the worker's process, which counts hundredths of a second."""
    from bench.load import AT_ONCE, WARM_UP, run

    ready, rounds = callers(AT_ONCE), []
    run(ready, port, WARM_UP)
    for _ in range(ROUNDS):
        used = worker.cpu_seconds()
        answered = len(run(ready, port, SECONDS))
        rounds.append((worker.cpu_seconds() - used) / answered * 1e6)
    return min(rounds)


def _inside(ask: Callable[[], object]) -> float:
    began, done = process_time(), 0
    while process_time() - began < INSIDE_SECONDS:
        ask()
        done += 1
    return (process_time() - began) / done * 1e6


def _asking(caller: Any) -> Callable[[], object]:
    """Ask the WSGI application in this process, as runai_identity.asgi does."""
    from runai_identity.environ import environ_of
    from runai_identity.wsgi import application

    def ask() -> None:
        begun: list[str] = []
        parts = application(environ_of(*_scope(caller.request())), lambda status, headers: begun.append(status))
        body = b"".join(parts)
        getattr(parts, "close", lambda: None)()
        if not begun[0].startswith("200"):
            raise SystemExit(f"The application refused: {begun[0]} {body.decode()}")
        caller.answered(body)

    return ask


def _scope(request: bytes) -> tuple[dict[str, Any], bytes]:
    """A request as ASGI has it, and its body."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    method, path, _ = first.decode().split()
    scope = {
        "method": method,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower(), value) for name, _, value in (field.partition(b": ") for field in fields)],
        "http_version": "1.1",
        "scheme": "http",
        "server": (HOST, 80),
        "client": (HOST, 1),
    }
    return scope, body


def _row(name: str, cost: Cost, bare: float) -> str:
    columns = (name, f"{cost.served:,.0f}", f"{1e6 / cost.served:,.0f}", f"{cost.served / bare:.1f}")
    return f"| {' | '.join(columns)} |"


def _profile(name: str, cost: Cost) -> str:
    """Set apart what the process takes beyond the application: granian, the event loop, and the turn to a thread."""
    parts = [f"{share * cost.inside:,.0f}" for share in cost.shares.values()]
    columns = (name, f"{cost.served:,.0f}", f"{max(0.0, cost.served - cost.inside):,.0f}", *parts)
    return f"| {' | '.join(columns)} |"


if __name__ == "__main__":
    main()
