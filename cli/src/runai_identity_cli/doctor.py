"""Hold what a cluster was told against what the server serves for it: which line is wrong, and what to write there.

Give the manifest of its kube-apiserver, its flags, an AuthenticationConfiguration, kubeconfigs; without any, your own
kubeconfig is read. Tokens, keys and secrets are removed before anything is sent. From here it also measures whether the
server is reached and trusted, and whether the clocks agree.

Exit codes: 0 all is well, 1 works with warnings, 2 broken, 3 could not be checked.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from typing import Any, NamedTuple

from runai_identity_cli import answers, terminal
from runai_identity_cli.cluster import Cluster
from runai_identity_cli.failures import Failure, Refused
from runai_identity_cli.measuring import Measurer
from runai_identity_cli.redaction import without_secrets
from runai_identity_cli.session import Session

WELL, WARNED, BROKEN, UNCHECKED = 0, 1, 2, 3
EXIT_CODES = {"ok": WELL, "warnings": WARNED, "broken": BROKEN}
MARKS = {"ok": "✓", "error": "✗", "warning": "!", "note": "·", "not checked": "-"}

SEPARATOR = "---"


class Part(NamedTuple):
    """A file, and after which line of what is sent it begins."""

    name: str
    before: int
    text: str


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
    parser.add_argument("--all", action="store_true", help="list every rule, also those that found nothing")


def run(args: Namespace, session: Session) -> int:
    parts = _read([*(args.files or []), *args.file] or _usual())
    measured = {}
    try:
        cluster = cluster_meant(session, args.cluster)
        measured = Measurer(session.server, str(session.state["ca_file"])).measure(cluster.uuid)
        measured.update(_token_size(session, cluster.audience))
        report = session.post(f"/api/v1/clusters/{cluster.uuid}/doctor", _body(parts, measured, args))
        return _print_report(report, parts, cluster.name, everything=args.all)
    except Failure as failure:  # each has a code of its own, which would read as a verdict here
        _print_measured(measured or _measured_by_a_stranger(session))
        terminal.out(f"{MARKS['error']} Not checked: {failure}")
        return UNCHECKED


def _measured_by_a_stranger(session: Session) -> dict[str, Any]:
    """What can be seen without signing in, at the server of the last time."""
    remembered = session.remembered()
    server = remembered.get("server")
    return Measurer(server, remembered.get("ca_file", "")).measure() if server else {}


def _token_size(session: Session, audience: str) -> dict[str, Any]:
    """Of one's own token for the cluster; who manages a cluster need not be let into it."""
    try:
        return {"tokenBytes": len(session.token(audience).value)}
    except Refused:
        return {}


def _body(parts: list[Part], measured: dict[str, Any], args: Namespace) -> dict[str, Any]:
    text = f"\n{SEPARATOR}\n".join(part.text for part in parts)
    body = {"configuration": text, "observed": measured}
    return {**body, "kubernetesVersion": args.kubernetes_version} if args.kubernetes_version else body


def cluster_meant(session: Session, name: str) -> Cluster:
    if name:
        return session.cluster(name)
    clusters = session.clusters()
    if len(clusters) == 1:
        return clusters[0]
    names = ", ".join(sorted(cluster.name for cluster in clusters))
    raise NotChecked(f"Say which cluster it is: --cluster NAME. {f'Yours: {names}.' if names else 'You have none.'}")


def _usual() -> list[str]:
    """As kubectl finds it."""
    named = os.environ.get("KUBECONFIG", "").split(os.pathsep)[0] or os.path.expanduser("~/.kube/config")
    if not os.path.exists(named):
        raise NotChecked(
            "Name a file: its kube-apiserver manifest, its flags, or a kubeconfig. - reads the standard input."
        )
    return [named]


def _read(names: list[str]) -> list[Part]:
    parts: list[Part] = []
    before = 0
    for name in names:
        text = without_secrets(_text(name))
        parts.append(Part("standard input" if name == "-" else name, before, text))
        before += text.count("\n") + 2
    return parts


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


def _print_report(report: dict[str, Any], parts: list[Part], cluster: str, *, everything: bool) -> int:
    rules = [(answers.text(one, "answer"), _rule(one)) for one in answers.records(report, "rules")]
    for finding in answers.records(report, "findings"):
        severity = MARKS.get(answers.text(finding, "severity"), "?")
        terminal.out(f"{severity} {answers.text(finding, 'rule')}{_place(finding, parts)}")
        if answers.text(finding, "found"):
            terminal.out(f"    - {finding['found']}")
        terminal.out(f"    + {answers.text(finding, 'write')}")
        terminal.out(f"      {answers.text(finding, 'why')}")
        terminal.out()
    if everything:
        for answer, title in rules:
            terminal.out(f"{MARKS.get(answer, '?')} {title}")
        terminal.out()
    return _print_verdict(report, parts, cluster, [answer for answer, _ in rules])


def _rule(rule: dict[str, Any]) -> str:
    title, reason = answers.text(rule, "title"), answers.text(rule, "reason")
    return f"{title} ({reason})" if reason else title


def _print_verdict(report: dict[str, Any], parts: list[Part], cluster: str, rules: list[str]) -> int:
    counted = f"{rules.count('ok')} rules are fine, {rules.count('not checked')} were not checked."
    said = answers.text(report, "verdict")
    verdict = {
        "ok": f"{MARKS['ok']} Nothing is wrong with {cluster}.",
        "warnings": f"{MARKS['warning']} {cluster} works, with warnings.",
        "broken": f"{MARKS['error']} {cluster} is broken.",
    }.get(said, said)
    terminal.out(f"{verdict} {counted}")
    if report.get("first"):
        first = answers.record(report, "first")
        terminal.out(f"  Change first{_place(first, parts)}: {answers.text(first, 'write')}")
    return EXIT_CODES.get(said, UNCHECKED)


def _place(finding: dict[str, Any], parts: list[Part]) -> str:
    line, place = answers.whole(finding, "line"), answers.text(finding, "place")
    if line <= 0:
        return f" ({place})" if place else ""
    part = next(part for part in reversed(parts) if line > part.before or part.before == 0)
    return f" ({part.name}, line {line - part.before})"


def _print_measured(measured: dict[str, Any]) -> None:
    if measured.get("failure"):
        terminal.out(
            f"{MARKS['error']} The server can't be reached from here ({measured['failure']}): {measured['why']}"
        )
    elif measured:
        terminal.out(f"{MARKS['ok']} The server answers from here, in {measured['discoveryMilliseconds']:g} ms.")
    if abs(measured.get("skewSeconds", 0)) > 5:
        terminal.out(f"{MARKS['warning']} The clocks are {abs(measured['skewSeconds']):.0f} seconds apart.")
