"""docs/benchmarks.md, put together of what each bench measured last (bench/measured.json)."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parent
MEASURED = HERE / "measured.json"
TEMPLATE = HERE / "page.md"
PAGE = HERE.parent / "docs/benchmarks.md"


def keep(section: str, rows: list[str], **facts: str) -> None:
    """Note what was measured just now, and write the page again."""
    _keep(section, rows, machine=machine(), **facts)


def keep_without_database(section: str, rows: list[str], **facts: str) -> None:
    """The same where none was at work."""
    _keep(
        section, rows, machine=f"{os.cpu_count()} cores ({_processor()}), Python {platform.python_version()}", **facts
    )


def _keep(section: str, rows: list[str], **facts: str) -> None:
    measured = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    measured[section] = {"day": str(datetime.now(UTC).date()), "rows": "\n".join(rows), **facts}
    MEASURED.write_text(json.dumps(measured, indent=2, sort_keys=True) + "\n")
    PAGE.write_text(page(measured))


def page(measured: dict[str, dict[str, str]]) -> str:
    facts = {f"{section}_{name}": fact for section, kept in measured.items() for name, fact in kept.items()}
    return Template(TEMPLATE.read_text()).safe_substitute(facts)


def machine() -> str:
    software = f"Python {platform.python_version()}, Django {version('django')}, granian {version('granian')}"
    return f"{os.cpu_count()} cores ({_processor()}), {software}, PostgreSQL {_postgresql()}"


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _postgresql() -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])
