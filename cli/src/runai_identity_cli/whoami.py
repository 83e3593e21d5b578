"""Say who is signed in at which server, as the server sees it now."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli.session import Session


def add_arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace, session: Session) -> int:
    me = session.get("/api/v1/me")
    kind = "application " if me["type"] == "App" else ""
    print(f"{kind}{me['username']} at {session.server}")
    print(f"  id:       {me['id']}")
    print(f"  groups:   {', '.join(me['groups']) or 'none'}")
    print(f"  clusters: {', '.join(sorted(cluster['name'] for cluster in session.clusters())) or 'none'}")
    return 0
