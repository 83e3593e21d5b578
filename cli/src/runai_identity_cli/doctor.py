"""Hold what a cluster was told against what the server serves for it: which line is wrong, and what to write there.

Give the manifest of its kube-apiserver, its flags, an AuthenticationConfiguration, kubeconfigs; without any, your own
kubeconfig is read. Files that flags in them name are read too, where they are on this machine. The files are parsed
here, and what is sent is written anew of the values that the doctor reads, each in the form it must have: no token,
key, password or client certificate, no name of a user or context, no comment. --show prints it, and sends nothing.
From here it also measures whether the server is reached and trusted, whether the clocks agree, and what version of
kubectl there is.

Exit codes: 0 all is well, 1 works with warnings, 2 broken, 3 could not be checked.
"""

from __future__ import annotations

import contextlib
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable
from typing import Any, NamedTuple

from runai_identity_cli import terminal
from runai_identity_cli.cluster import ListedCluster
from runai_identity_cli.doctor_report import MARKS, UNCHECKED, DoctorReport, print_measured
from runai_identity_cli.failures import Failure, Refused, Unusable
from runai_identity_cli.measuring import Measurer, kubectl_version
from runai_identity_cli.oauth import claims_of
from runai_identity_cli.reduction.files import followed, pieces
from runai_identity_cli.reduction.values import Redactions
from runai_identity_cli.session import SavedSession

SEPARATOR = "\n---\n"


class Read(NamedTuple):
    """The files: what of them is sent, where each part of that comes from, and what is withheld."""

    text: str
    report: DoctorReport


class NotChecked(Failure):
    exit_code = UNCHECKED


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", default="", help="its name, UUID or audience; needless when you have one only")
    for name, what in (
        ("kubeconfig", "somebody's kubeconfig, or the webhook's"),
        ("flags", "flags of kube-apiserver, or the config.yaml of K3s or RKE2"),
        ("manifest", "a static pod's manifest"),
        ("config", "an AuthenticationConfiguration"),
    ):
        parser.add_argument(f"--{name}", dest="files", action="append", default=None, metavar="FILE", help=what)
    parser.add_argument("file", nargs="*", default=[], help="any of these; - reads the standard input")
    parser.add_argument("--kubernetes-version", default="", metavar="1.34", help="of the API server")
    parser.add_argument(
        "--person", default="", metavar="EMAIL", help="with whose token expressions are tried; without it your own"
    )
    parser.add_argument("--all", action="store_true", help="list every rule, also those that found nothing")
    parser.add_argument("--show", action="store_true", help="print what would be sent of the files, and send nothing")


def run(args: Namespace, session: SavedSession) -> int:
    texts = _texts([*(args.files or []), *args.file] or _usual())
    read = _read(texts)
    if args.show:
        for line in read.text.split("\n"):
            terminal.out(line)
        return 0
    measured: dict[str, Any] = {}
    try:
        _require_something(read)
        cluster = cluster_meant(session, args.cluster)
        measured = Measurer(session.server, str(session.state["ca_file"])).measure(cluster.uuid)
        token = _own_token(session, cluster.audience)
        measured.update({"tokenBytes": len(token)} if token else {})
        measured.update(kubectl_version())
        read = _read(texts, known=_said_in(token))
        answer = session.post(f"/api/v1/clusters/{cluster.uuid}/doctor", _body(read.text, measured, args))
        return read.report.print(answer, cluster.name, everything=args.all)
    except Failure as failure:  # each has a code of its own, which would read as a verdict here
        print_measured(measured or _measured_by_a_stranger(session))
        terminal.out(f"{MARKS['error']} Not checked: {failure}")
        return UNCHECKED


def _require_something(read: Read) -> None:
    """With nothing to look at the server can't say that something is wrong."""
    if not read.text.strip() and not read.report.broken:
        raise NotChecked(
            f"The doctor reads nothing in {', '.join(read.report.empty)}. Give kube-apiserver's manifest or flags, its"
            " AuthenticationConfiguration, or a kubeconfig."
        )


def _measured_by_a_stranger(session: SavedSession) -> dict[str, Any]:
    """Return what can be seen without signing in, at the server of the last time."""
    remembered = session.remembered()
    server = remembered.get("server")
    return Measurer(server, remembered.get("ca_file", "")).measure() if server else {}


def _own_token(session: SavedSession, audience: str) -> str:
    """One's own token for the cluster; who manages a cluster need not be let into it."""
    try:
        return str(session.token(audience).value)
    except Refused:
        return ""


def _said_in(token: str) -> list[str]:
    """Return the texts in a token of the server, which it knows."""
    found: list[str] = []
    waiting: list[Any] = []
    with contextlib.suppress(Unusable):
        waiting.append(claims_of(token))
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, (list, dict)):
            waiting += value if isinstance(value, list) else value.values()
    return found


def _body(text: str, measured: dict[str, Any], args: Namespace) -> dict[str, Any]:
    body = {"configuration": text, "observed": measured}
    more = {"kubernetesVersion": args.kubernetes_version, "person": args.person}
    return {**body, **{name: value for name, value in more.items() if value}}


def cluster_meant(session: SavedSession, name: str) -> ListedCluster:
    if name:
        return session.cluster(name)
    clusters = session.clusters()
    if len(clusters) == 1:
        return clusters[0]
    names = ", ".join(sorted(cluster.name for cluster in clusters))
    raise NotChecked(f"Say which cluster it is: --cluster NAME. {f'Yours: {names}.' if names else 'You have none.'}")


def _usual() -> list[str]:
    """Return the kubeconfig that kubectl finds."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0] or os.path.expanduser("~/.kube/config")
    if not os.path.exists(named):
        raise NotChecked(
            "Name a file: its kube-apiserver manifest, its flags, or a kubeconfig. - reads the standard input."
        )
    return [named]


def _texts(names: list[str]) -> dict[str, str]:
    return {name: _text(name) for name in names}


def _read(texts: dict[str, str], known: Iterable[str] = ()) -> Read:
    """Return the files, and those that flags in them name. `known` are texts that the server knows."""
    reading = _Reading(known)
    for name, text in texts.items():
        reading.add(name, text)
    for name in [path for path in followed(SEPARATOR.join(reading.sent)) if path not in texts]:
        try:
            reading.add(name, _text(name))
            reading.report.followed.append(name)
        except NotChecked as failure:
            reading.report.lost.append(str(failure))
    return Read(SEPARATOR.join(reading.sent), reading.report)


class _Reading:
    def __init__(self, known: Iterable[str]) -> None:
        self.withheld = Redactions(known)
        self.report = DoctorReport(self.withheld)
        self.sent: list[str] = []
        self.line = 1

    def add(self, name: str, text: str) -> None:
        called = "standard input" if name == "-" else name
        found = pieces(text, self.withheld)
        if not found:
            self.report.empty.append(called)
        for piece in found:
            if piece.broken:
                self.report.broken.append((called, piece.line, piece.broken))
                continue
            self.report.add_part(called, line_of_file=piece.line, line_sent=self.line)
            self.sent.append(piece.text)
            self.line += piece.text.count("\n") + SEPARATOR.count("\n")


def _text(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read()
        with open(name, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        raise NotChecked(f"{name} is no text.") from None
    except OSError as error:
        raise NotChecked(f"Can't read {name}: {error.strerror}.") from None
