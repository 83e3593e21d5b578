"""Ask what a cluster's kube-apiserver would say of a token, rule by rule in its order.

The token comes from a file or the standard input, never from the command line, where others could read it. It is sent
to the server, which neither keeps nor logs it.

Exit codes: 0 it would be accepted, 1 refused, 3 could not be checked.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from runai_identity_cli.doctor import MARKS, UNCHECKED, NotChecked, cluster_meant
from runai_identity_cli.failures import Failure
from runai_identity_cli.session import Session

ACCEPTED, REFUSED = 0, 1


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", default="", help="its name, UUID or audience; needless when you have one only")
    parser.add_argument("--file", default="-", help="where the token stands; - is the standard input")


def run(args: Namespace, session: Session) -> int:
    token = _token(args.file)
    try:
        cluster = cluster_meant(session, args.cluster)
        report = session.post(f"/api/v1/clusters/{cluster['uuid']}/verify-token", {"token": token})
    except Failure as failure:  # each has a code of its own, which would read as a verdict here
        print(f"{MARKS['error']} Not checked: {failure}", file=sys.stderr)
        return UNCHECKED
    _print(report, str(cluster["name"]))
    return ACCEPTED if report["verdict"] == "accepted" else REFUSED


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


def _print(report: dict[str, Any], cluster: str) -> None:
    for rule in report["rules"]:
        reason = f": {rule['reason']}" if rule["reason"] else ""
        print(f"{MARKS.get(rule['answer'], '?')} {rule['title']}{reason}")
    user = report.get("user")
    if report["verdict"] != "accepted" or not user:
        print(f"\n{MARKS['error']} {cluster} refuses it.")
        return
    print(f"\n{MARKS['ok']} {cluster} accepts it as {user['username']}", end="")
    seconds = report.get("acceptedForSeconds")
    print(f", for {seconds} s more." if seconds is not None else ".")
    print(f"  groups: {', '.join(user['groups']) or 'none'}")
    for key, values in sorted(user["extra"].items()):
        print(f"  {key}: {', '.join(values)}")
