"""`make bench`."""

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from bench.server import pin, prepare_environment, serving

if TYPE_CHECKING:
    from bench.load import Measured

ENOUGH = 0.85
PAGE = Path(__file__).resolve().parent.parent / "docs/benchmarks.md"


def main() -> None:
    port = prepare_environment()
    pin(1)

    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)

    from bench.load import measure
    from bench.works import WORKS, make_world
    from tests.keys import plant_keys

    plant_keys()
    world = make_world()
    rows = []
    with serving(port) as worker:
        for work in WORKS:
            measured = measure(work.callers(world), port, worker)
            rows.append(row(work.name, work.goal, measured))
            sys.stdout.write(rows[-1] + "\n")
            sys.stdout.flush()
    PAGE.write_text(page(rows))


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
        limit,
    )
    return f"| {' | '.join(columns)} |"


def processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def postgresql() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def page(rows: list[str]) -> str:
    return HEAD.format(
        day=datetime.now(UTC).date(),
        cores=os.cpu_count(),
        processor=processor(),
        postgresql=postgresql(),
        python=platform.python_version(),
        django=version("django"),
        gunicorn=version("gunicorn"),
        rows="\n".join(rows),
    )


HEAD = """# Benchmarks

Written by `make bench`; don't edit. Measured on {day}: {cores} cores ({processor}), Python {python},
Django {django}, gunicorn {gunicorn}, PostgreSQL {postgresql}.

One gunicorn worker has a core of its own; PostgreSQL, as durable as it comes, and four callers at once share
another. Each request has a connection of its own. `per core` is how many requests a second of the server's CPU
answers, the median of three rounds; `requests/s` is how many there were, with the database and the callers beside it;
`busy` is the server's share of its core; `p50` and `p99` are those of a caller that is alone.

| work | per core | goal | requests/s | busy | p50 ms | p99 ms | what limits it |
|---|---|---|---|---|---|---|---|
{rows}

Where the goals come from: Keycloak publishes 120 to 240 client-credential tokens and 15 password logins per second and
core; node oidc-provider, in memory and without a database, measured 3,100 (RS256) and 6,500 (ES256) tokens on two
cores. Nothing here is cached but parsed keys and the list of them, for a second: every request asks the database
whether the person, the session, the grant and the client still stand.
"""

if __name__ == "__main__":
    main()
