"""Say who is signed in at which server, as the server sees it now."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli import answers, terminal
from runai_identity_cli.session import SavedSession


def add_arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace, session: SavedSession) -> int:
    me = session.get("/api/v1/me")
    kind = "application " if answers.text(me, "type") == "App" else ""
    terminal.out(f"{kind}{answers.text(me, 'username')} at {session.server}")
    terminal.out(f"  id:       {answers.text(me, 'id')}")
    terminal.out(f"  groups:   {', '.join(answers.texts(me, 'groups')) or 'none'}")
    names = sorted(cluster.name for cluster in session.clusters())
    terminal.out(f"  clusters: {', '.join(names) or 'none'}")
    return 0
