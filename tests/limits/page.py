"""docs/limits.md, written from the limits in the code: `python -m tests.limits.page`."""

import os
import sys
from html import unescape
from pathlib import Path

import django

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "cli" / "src"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()  # views say what they take

from common.body_limits import MOST_WITH_A_FILE  # noqa: E402
from tests.limits import bounds, inputs  # noqa: E402
from tests.limits.addresses import Takes, addresses  # noqa: E402
from tests.limits.limits import Bound, Limit, in_words  # noqa: E402

PAGE = ROOT / "docs" / "limits.md"
HEAD = """# Limits

What a request may have, how long it may take, how often it may come, and what is answered beyond. Written by
`python -m tests.limits.page` from the limits in the code; a test holds that it is up to date. The named tests reach
each limit: what is at the limit is taken, and what is above is refused. 1 KB is 1,024 bytes. Where a setting is named,
this is its default ([configuration.md](configuration.md)). What a stranger's request costs below the limits is in
[anonymous-cost.md](anonymous-cost.md).
"""
BOUNDS = """
## {title}

| what | at most | beyond | tests |
|---|---|---|---|
"""
BODIES = """
## Bodies, by address

A longer body is answered 413 `body_too_large` and not read; OAuth endpoints say `invalid_request` beside it.
*Strangers* have neither a session nor a token. Where there is a dash, their request is answered 401 or 403, and its
body is not read. `<uuid>`, `<id>` and `<name>` stand for what varies. `limits/test_addresses.py` sends to each address
what it takes, and a byte more.

| addresses | strangers | others |
|---|---|---|
"""
INSIDE = """
## Inside a request: {title}

| what | at most | beyond | what the answer says |
|---|---|---|---|
"""
TRIED = """
`limits/test_inputs.py::test_so_much_is_taken_and_no_more` tries each row of the tables *Inside a request*. For SAML the
page names a reference alone, and the reason is noted for administrators.
"""


def page() -> str:
    parts = [HEAD, BOUNDS.format(title="The server"), *map(_bound, bounds.SERVER), BODIES, *_bodies()]
    for title, limits in inputs.SECTIONS.items():
        parts += [INSIDE.format(title=title), *map(_limit, limits)]
    parts.append(TRIED)
    for title, rows in bounds.SECTIONS.items():
        parts += [BOUNDS.format(title=title), *map(_bound, rows)]
    return "".join(parts)


def _bound(row: Bound) -> str:
    tests = ", ".join(f"`{test}`" for test in row.tests)
    return f"| {row.what} | {row.most} | {row.beyond} | {tests} |\n"


def _limit(row: Limit) -> str:
    return f"| {row.what} | {in_words(row.most, row.unit)} | {row.status} | {unescape(row.said.replace('+', ' '))} |\n"


def _bodies() -> list[str]:
    """A row for each address; those of the administration that take the same stand together."""
    rows = {(_noun(one), one.of_strangers, one.of_people, one.with_a_file): one.shown for one in addresses()}
    return [
        f"| {_named(noun, shown)} | {_of_strangers(strangers)} | {_of_people(people, file)} |\n"
        for (noun, strangers, people, file), shown in rows.items()
    ]


def _noun(one: Takes) -> str:
    parts = one.path.split("/")
    return f"/admin/{parts[2]}/{parts[3]}/" if parts[1] == "admin" and len(parts) > 5 else one.shown


def _named(noun: str, shown: str) -> str:
    return f"`{noun}`" if noun == shown else f"pages under `{noun}`"


def _of_strangers(most: int | None) -> str:
    return in_words(most, "bytes") if most else "-"


def _of_people(most: int, with_a_file: bool) -> str:
    file = f", {in_words(MOST_WITH_A_FILE, 'bytes')} with a file" if with_a_file else ""
    return f"{in_words(most, 'bytes')}{file}"


if __name__ == "__main__":
    PAGE.write_text(page())
