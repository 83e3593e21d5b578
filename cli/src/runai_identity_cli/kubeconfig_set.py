"""Let kubectl reach your clusters: a context you@cluster for each, which takes its tokens from this sign-in.

Everything else in the kubeconfig stays. It is the one that kubectl uses: the first of $KUBECONFIG, or ~/.kube/config.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from typing import Any

from runai_identity_cli.failures import Failure, Refused
from runai_identity_cli.session import PROFILE, Session

Config = dict  # a kubeconfig, as kubectl reads and writes it
SECTIONS = ("clusters", "users", "contexts")
BY_FORM = "/api/v1/me/kubeconfig?form=exec"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", action="append", default=[], metavar="NAME", help="this one alone; repeatable")
    parser.add_argument("--file", default="", metavar="FILE", help="another kubeconfig, made when it is not there")
    parser.add_argument("--use", action="store_true", help="make the first of them kubectl's current context")
    parser.add_argument("--overwrite", action="store_true", help="replace clusters of these names that lie elsewhere")


def run(args: Namespace, session: Session) -> int:
    file = os.path.abspath(args.file or _usual())
    theirs = _read(file)
    ours = _ours(session, args.cluster)
    if not args.overwrite:
        _check(theirs, ours, file)
    merged = _merged(theirs, ours, use=args.use)
    _write(file, merged)
    for context in ours["contexts"]:
        print(f"{context['name']}")
    print(f"\nWritten to {file}. Current context: {merged['current-context']}", file=sys.stderr)
    print(f"Try it: kubectl{f' --kubeconfig {args.file}' if args.file else ''} auth whoami", file=sys.stderr)
    return 0


def _usual() -> str:
    named = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    return named[0] if named else os.path.expanduser("~/.kube/config")


def _ours(session: Session, names: list[str]) -> Config[str, Any]:
    """What the server says, with what only this machine knows: where the program is, and which profile was meant."""
    text = session.get_text(BY_FORM)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "config")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        ours = _read(path)
    if names:
        wanted = {str(session.cluster(name)["name"]) for name in names}
        ours = _only(ours, wanted)
    for user in ours["users"]:
        plugin = user["user"]["exec"]
        plugin["command"] = _program(plugin["command"])
        if session.store.profile != "default":
            plugin["env"] = [*plugin["env"], {"name": PROFILE, "value": session.store.profile}]
    return ours


def _only(config: Config[str, Any], wanted: set[str]) -> Config[str, Any]:
    contexts = [context for context in config["contexts"] if context["context"]["cluster"] in wanted]
    missing = wanted - {context["context"]["cluster"] for context in contexts}
    if missing:
        raise Refused(f"Nobody has said yet by which address people reach {', '.join(sorted(missing))}.")
    users = {context["context"]["user"] for context in contexts}
    return {
        "clusters": [cluster for cluster in config["clusters"] if cluster["name"] in wanted],
        "users": [user for user in config["users"] if user["name"] in users],
        "contexts": contexts,
        "current-context": contexts[0]["name"],
    }


def _program(name: str) -> str:
    """By name where kubectl will find it, and else where it is: its folder may not be on everybody's PATH."""
    if shutil.which(name):
        return name
    return os.path.abspath(sys.argv[0])


def _check(theirs: Config[str, Any], ours: Config[str, Any], file: str) -> None:
    """A cluster that only has the same name is somebody's, and is not lost."""
    servers = {cluster["name"]: cluster["cluster"].get("server") for cluster in theirs["clusters"]}
    for cluster in ours["clusters"]:
        server = servers.get(cluster["name"], cluster["cluster"]["server"])
        if server != cluster["cluster"]["server"]:
            raise Failure(
                f"{file} has a cluster {cluster['name']} already, at {server}. Nothing was written. Write to a file of"
                " its own with --file, or replace it with --overwrite."
            )


def _merged(theirs: Config[str, Any], ours: Config[str, Any], *, use: bool) -> Config[str, Any]:
    merged = dict(theirs)
    for section in SECTIONS:
        names = {one["name"] for one in ours[section]}
        merged[section] = [*(one for one in theirs[section] if one["name"] not in names), *ours[section]]
    if use or not merged.get("current-context"):
        merged["current-context"] = ours["current-context"]
    return merged


def _read(file: str) -> Config[str, Any]:
    """Empty when there is none."""
    empty: Config[str, Any] = {"apiVersion": "v1", "kind": "Config", **{section: [] for section in SECTIONS}}
    if not os.path.exists(file):
        return empty
    found: Config[str, Any] = json.loads(_kubectl("config", "view", "--raw", "-o", "json", "--kubeconfig", file))
    return {**empty, **{name: value for name, value in found.items() if value is not None}}


def _write(file: str, config: Config[str, Any]) -> None:
    """As a whole or not at all, and for its owner alone: a kubeconfig may hold keys."""
    folder = os.path.dirname(os.path.realpath(file))
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".runai-identity-") as aside:
            path = os.path.join(aside, "config")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
                json.dump(config, new)
            text = _kubectl("config", "view", "--raw", "-o", "yaml", "--kubeconfig", path)
            with open(path, "w", encoding="utf-8") as new:
                new.write(text)
            os.replace(path, os.path.realpath(file))
    except OSError as error:
        raise Failure(f"Can't write {file}: {error.strerror}.") from None


def _kubectl(*words: str) -> str:
    """It knows every version of the file, and we need no library for YAML."""
    try:
        done = subprocess.run(["kubectl", *words], capture_output=True, text=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise Failure("kubectl is not on your PATH. Install it first: its kubeconfig is what this writes.") from None
    if done.returncode:
        raise Failure(f"kubectl can't read it: {done.stderr.strip()}")
    return done.stdout
