"""Forget the sign-in and all of its tokens on this machine; with --revoke end it at the server too.

Without --revoke, a copy that somebody made of the tokens would stay good until they end.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli import terminal
from runai_identity_cli.failures import Failure, Unreachable
from runai_identity_cli.session import Session


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--revoke", action="store_true", help="end it at the server too")


def run(args: Namespace, session: Session) -> int:
    kept = session.kept()
    if kept is not None and args.revoke:
        from runai_identity_cli.sign_in import revoke

        try:
            revoke(kept)
        except Failure as failure:
            raise Unreachable(
                f"Not signed out, because the server could not be told. {failure} To forget it here alone:"
                " runai-identity logout"
            ) from None
    session.forget()  # also what can't be read
    terminal.out(f"Signed out at {kept['server']}." if kept else "Nobody was signed in.")
    return 0
