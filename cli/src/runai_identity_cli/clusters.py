"""List the clusters in which an access rule lets you do something."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli import terminal
from runai_identity_cli.cluster import without_address
from runai_identity_cli.session import SavedSession

HEADINGS = ("NAME", "ADDRESS", "VERIFIES", "UUID")
NO_ADDRESS = "not said yet"


def add_arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace, session: SavedSession) -> int:
    found = sorted(session.clusters(), key=lambda cluster: cluster.name)
    if not found:
        terminal.out("There is none in which you may do anything yet. Ask an administrator for an access rule.")
        return 0
    said = [(one.name, one.api_url or NO_ADDRESS, one.mode, one.uuid) for one in found]
    rows = [list(map(terminal.safe, row)) for row in (HEADINGS, *said)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        terminal.out("  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip())
    if missing := without_address(found):
        terminal.err(missing)
    return 0
