"""Forget the sign-in and all of its tokens on this machine; with --revoke end it at the server too.

Without --revoke, a copy that somebody made of the tokens would stay good until they end.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli import terminal
from runai_identity_cli.failures import Failure, Unreachable
from runai_identity_cli.session import SavedSession


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--revoke", action="store_true", help="end it at the server too")


def run(args: Namespace, session: SavedSession) -> int:
    kept = session.kept()
    goes_on = True
    if kept is not None and args.revoke:
        from runai_identity_cli.sign_in import revoke

        try:
            goes_on = session.goes_on()
            if goes_on:
                revoke(session.kept() or kept)  # asking may have turned the refresh token over
        except Failure as failure:
            raise Unreachable(
                f"Not signed out, because the server could not be told. {failure} To forget it here alone:"
                " runai-identity logout"
            ) from None
    session.forget()  # also what can't be read
    if kept is None:
        terminal.out("Nobody was signed in.")
    elif goes_on:
        terminal.out(f"Signed out at {kept['server']}.")
    else:
        terminal.out(f"The session at {kept['server']} was over already. It is forgotten here.")
    return 0
