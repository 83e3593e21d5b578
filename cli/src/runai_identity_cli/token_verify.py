"""Ask what a cluster's kube-apiserver would say of a token, rule by rule in its order.

The token comes from a file or the standard input, never from the command line, where others could read it. It is sent
to the server, which neither keeps nor logs it.

Exit codes: 0 it would be accepted, 1 refused, 3 could not be checked.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from runai_identity_cli import answers, terminal
from runai_identity_cli.doctor import NotChecked, cluster_meant
from runai_identity_cli.doctor_report import MARKS, UNCHECKED
from runai_identity_cli.failures import Failure
from runai_identity_cli.session import SavedSession

ACCEPTED, REFUSED = 0, 1


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", default="", help="its name, UUID or audience; needless when you have one only")
    parser.add_argument("--file", default="-", help="where the token stands; - is the standard input")


def run(args: Namespace, session: SavedSession) -> int:
    token = _token(args.file)
    try:
        cluster = cluster_meant(session, args.cluster)
        report = session.post(f"/api/v1/clusters/{cluster.uuid}/verify-token", {"token": token})
        return _print(report, cluster.name)
    except Failure as failure:  # each has a code of its own, which would read as a verdict here
        terminal.err(f"{MARKS['error']} Not checked: {failure}")
        return UNCHECKED


def _token(name: str) -> str:
    try:
        if name == "-":
            token = sys.stdin.read()
        else:
            with open(name, encoding="utf-8") as file:
                token = file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise NotChecked(f"Can't read a token from {name}: {getattr(error, 'strerror', 'it is no text')}.") from None
    if not token.strip():
        raise NotChecked(
            "There is no token to verify. Pipe one in: runai-identity token --cluster C | runai-identity token verify"
        )
    return token.strip()


def _print(report: dict[str, Any], cluster: str) -> int:
    accepted = answers.text(report, "verdict") == "accepted"
    for rule in answers.records(report, "rules"):
        title, reason = answers.text(rule, "title"), answers.text(rule, "reason")
        terminal.out(f"{MARKS.get(answers.text(rule, 'answer'), '?')} {title}{f': {reason}' if reason else ''}")
    terminal.out()
    if not accepted:
        terminal.out(f"{MARKS['error']} {cluster} refuses it.")
        return REFUSED
    user = answers.record(report, "user")
    lasts = ""
    if report.get("acceptedForSeconds") is not None:
        lasts = f", for {answers.whole(report, 'acceptedForSeconds')} s more"
    terminal.out(f"{MARKS['ok']} {cluster} accepts it as {answers.text(user, 'username')}{lasts}.")
    terminal.out(f"  groups: {', '.join(answers.texts(user, 'groups')) or 'none'}")
    extra = answers.record(user, "extra")
    for key in sorted(extra):
        terminal.out(f"  {key}: {', '.join(answers.texts(extra, key))}")
    return ACCEPTED
