"""Print the version of this program, and of the Python that runs it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from runai_identity_cli import __version__, terminal
from runai_identity_cli.session import SavedSession


def add_arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace, session: SavedSession) -> int:
    terminal.out(f"runai-identity {__version__} (Python {sys.version.split()[0]})")
    return 0
