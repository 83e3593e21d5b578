"""`python -m bench.peers [keycloak]`: node oidc-provider, and Keycloak if it is named, beside this server in one run.

Each gets the core that the server gets in `make bench`, and the same callers.
"""

import sys
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING

from bench.page import keep
from bench.server import pin, prepare_environment, prepare_world, serving

if TYPE_CHECKING:
    from bench.load import Caller


def main() -> None:
    pin(1)
    port = prepare_environment()
    world = prepare_world()

    from bench.load import AT_ONCE, measure
    from bench.peers import keycloak, oidc_provider
    from bench.works import WORKS

    works = {work.name: work for work in WORKS}
    rates = {}
    with serving(port) as worker:
        for name in keycloak.GOALS:
            rates[name] = measure(works[name].callers(world), port, worker).per_core
            _say(f"runai-identity, {name}: {rates[name]:,.0f}")
    peers = [oidc_provider, *([keycloak] if "keycloak" in sys.argv[1:] else [])]
    others = [(peer, _rates_of(peer)) for peer in peers]
    keep(
        "peers",
        [
            _row(name, rates[name], [(of.get(name), peer.GOALS.get(name)) for peer, of in others])
            for name in keycloak.GOALS
        ],
        peers=" | ".join(f"{peer.version()} | times" for peer, _ in others),
        rule="|---|---|" + "---|---|" * len(others),
        at_once=str(AT_ONCE),
    )


def _rates_of(peer: ModuleType) -> dict[str, float]:
    from bench.load import AT_ONCE, measure, run

    rates = {}
    with peer.serving() as (port, process):
        for name, caller in peer.works(port).items():
            callers = partial(_many, caller)
            run(callers(AT_ONCE), port, peer.WARM_UP)
            rates[name] = measure(callers, port, process).per_core
            _say(f"{peer.version()}, {name}: {rates[name]:,.0f}")
    return rates


def _many(caller: Callable[[], "Caller"], many: int) -> list["Caller"]:
    return [caller() for _ in range(many)]


def _row(name: str, ours: float, theirs: list[tuple[float | None, float | None]]) -> str:
    compared = [_compared(ours, rate, goal) for rate, goal in theirs]
    return f"| {' | '.join((name, f'{ours:,.0f}', *compared))} |"


def _compared(ours: float, theirs: float | None, goal: float | None) -> str:
    if theirs is None:
        return "- | -"
    return f"{theirs:,.0f} | {ours / theirs:.1f}" + (f" ({goal:g})" if goal else "")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
