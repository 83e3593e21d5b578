"""Print an access token: for the server's API, or for one cluster. It is fresh, and good for some minutes.

Use it at once, as in: curl -H "Authorization: Bearer $(runai-identity token)" …
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli import terminal
from runai_identity_cli.session import CONTROL_PLANE, SavedSession


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", default="", metavar="NAME", help="for this cluster; its name, UUID or audience")


def run(args: Namespace, session: SavedSession) -> int:
    audience = session.cluster(args.cluster).audience if args.cluster else CONTROL_PLANE
    terminal.exact(session.token(audience).value)
    return 0
