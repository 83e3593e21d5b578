"""List the clusters in which an access rule lets you do something."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli.session import Session

HEADINGS = ("NAME", "ADDRESS", "VERIFIES", "UUID")
NO_ADDRESS = "not said yet"


def add_arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace, session: Session) -> int:
    found = sorted(session.clusters(), key=lambda cluster: str(cluster["name"]))
    if not found:
        print("There is none in which you may do anything yet. Ask an administrator for an access rule.")
        return 0
    rows = [HEADINGS, *((one["name"], one["apiUrl"] or NO_ADDRESS, one["mode"], one["uuid"]) for one in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        print("  ".join(f"{text:<{width}}" for text, width in zip(row, widths)).rstrip())
    return 0
