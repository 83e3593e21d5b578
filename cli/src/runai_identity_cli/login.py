"""Sign in, once for all clusters.

In the browser of this machine where there is one; over SSH, and where there is no display, with a code to enter in the
browser of another. The server is remembered. An application signs in with the secret that its owner keeps in a file or
in RUNAI_IDENTITY_CLIENT_SECRET; no copy of it is made.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from runai_identity_cli import terminal
from runai_identity_cli.cluster import without_address
from runai_identity_cli.failures import Usage
from runai_identity_cli.session import SavedSession
from runai_identity_cli.sign_in import sign_in, sign_in_application, web_for


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--server", default="", metavar="URL", help="https://identity.example.com; needed once")
    parser.add_argument(
        "--ca-file", default="", metavar="FILE", help="the authority that signed the server's certificate"
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--browser", dest="how", action="store_const", const="browser", default="", help="of this machine")
    how.add_argument("--device", dest="how", action="store_const", const="device", help="a code, for another's browser")
    how.add_argument("--application", default="", metavar="CLIENT_ID", help="sign in as this application")
    parser.add_argument("--secret-file", default="", metavar="FILE", help="where the application's secret stands")


def run(args: Namespace, session: SavedSession) -> int:
    if args.secret_file and not args.application:
        raise Usage("--secret-file is for an application: --application CLIENT_ID")
    before = session.kept()
    web = web_for(session, server=args.server, ca_file=args.ca_file)
    if args.application:
        sign_in_application(session, web, client_id=args.application, secret_file=args.secret_file)
    else:
        sign_in(session, web, how=args.how)
    terminal.say(f"Signed in at {session.server} as {session.name}.")
    if before is not None and before["name"] != session.name:
        terminal.say(
            f"{before['name']} was signed in here until now. Contexts named {before['name']}@... refuse from now on."
        )
    _print_clusters(session)
    return 0


def _print_clusters(session: SavedSession) -> None:
    """Asked for now, so that the first kubectl need not."""
    clusters = session.clusters()
    names = sorted(cluster.name for cluster in clusters)
    shared = sorted(cluster.name for cluster in clusters if cluster.shares)
    missing = without_address(clusters)
    if names:
        terminal.say(f"Clusters: {', '.join(names)}.")
    if any(cluster.api_url for cluster in clusters):
        terminal.say("Let kubectl reach them: runai-identity kubeconfig set")
    if missing:
        terminal.say(missing)
    if shared:
        terminal.say(
            f"These share tokens, so that one sent to any of them is good in all that do: {', '.join(shared)}."
        )
    if not names:
        terminal.say("There is no cluster yet in which you may do anything. Ask an administrator for an access rule.")
