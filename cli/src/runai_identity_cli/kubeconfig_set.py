"""Let kubectl reach your clusters: a context you@cluster for each, which takes its tokens from this sign-in.

Everything else in the kubeconfig stays. It is the one that kubectl uses: the first of $KUBECONFIG, or ~/.kube/config.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

import yaml

from runai_identity_cli.failures import Failure, Refused
from runai_identity_cli.session import PROFILE, Session

Config = dict  # a kubeconfig, as kubectl reads and writes it
SECTIONS = ("clusters", "users", "contexts")
PATIENCE = 5  # seconds
BY_FORM = "/api/v1/me/kubeconfig?form=exec"


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--cluster", action="append", default=[], metavar="NAME", help="this one alone; repeatable")
    parser.add_argument("--file", default="", metavar="FILE", help="another kubeconfig, made when it is not there")
    parser.add_argument("--use", action="store_true", help="make the first of them kubectl's current context")
    parser.add_argument("--overwrite", action="store_true", help="replace clusters of these names that lie elsewhere")


def run(args: Namespace, session: Session) -> int:
    file = os.path.abspath(args.file or _usual())
    ours = _ours(session, args.cluster)
    with _alone_with(file):
        theirs = _read(file)
        if not args.overwrite:
            _check(theirs, ours, file)
        merged = _merged(theirs, ours, use=args.use)
        _write(file, merged)
    print(f"Written to {file}. A context for each cluster, * is the current one:")
    for context in ours["contexts"]:
        print(f"{'*' if context['name'] == merged['current-context'] else ' '} {context['name']}")
    return 0


def _usual() -> str:
    named = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    return named[0] if named else os.path.expanduser("~/.kube/config")


def _ours(session: Session, names: list[str]) -> Config[str, Any]:
    """What the server says, with what only this machine knows: where the program is, and which profile was meant."""
    ours: Config[str, Any] = yaml.safe_load(session.get_text(BY_FORM))
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
    """By name where kubectl will find it, and else where it is: its folder may not be on the PATH."""
    here = os.path.abspath(sys.argv[0])
    return here if not shutil.which(name) and os.access(here, os.X_OK) else name


def _check(theirs: Config[str, Any], ours: Config[str, Any], file: str) -> None:
    """A cluster that only has the same name is somebody's, and is not lost."""
    servers = {cluster["name"]: cluster["cluster"]["server"] for cluster in ours["clusters"]}
    for cluster in theirs["clusters"]:
        server = (cluster.get("cluster") or {}).get("server")
        if servers.get(cluster.get("name"), server) != server:
            raise Failure(
                f"{file} has a cluster {cluster['name']} already, at {server}. Nothing was written. Write to a file of"
                " its own with --file, or replace it with --overwrite."
            )


def _merged(theirs: Config[str, Any], ours: Config[str, Any], *, use: bool) -> Config[str, Any]:
    merged = dict(theirs)
    for section in SECTIONS:
        names = {one["name"] for one in ours[section]}
        merged[section] = [*(one for one in theirs[section] if one.get("name") not in names), *ours[section]]
    if use or not merged.get("current-context"):
        merged["current-context"] = ours["current-context"]
    return merged


def _read(file: str) -> Config[str, Any]:
    """Empty when there is none."""
    try:
        with open(file, encoding="utf-8") as opened:
            found = yaml.safe_load(opened) or {}
    except FileNotFoundError:
        found = {}
    except OSError as error:
        raise Failure(f"Can't read {file}: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        found = None
    if not isinstance(found, dict) or found.get("kind", "Config") != "Config":
        raise Failure(f"{file} is no kubeconfig. Nothing was written. Name another with --file.")
    return {
        "apiVersion": "v1",
        "kind": "Config",
        **found,
        **{section: found.get(section) or [] for section in SECTIONS},
    }


def _write(file: str, config: Config[str, Any]) -> None:
    """As a whole or not at all, and for its owner alone: a kubeconfig may hold keys."""
    folder = os.path.dirname(os.path.realpath(file))
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".runai-identity-") as aside:
            path = os.path.join(aside, "config")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
                yaml.safe_dump(config, new, sort_keys=False, allow_unicode=True, width=1000)
            os.replace(path, os.path.realpath(file))
    except OSError as error:
        raise Failure(f"Can't write {file}: {error.strerror}.") from None


@contextlib.contextmanager
def _alone_with(file: str) -> Iterator[None]:
    """By the lock file that kubectl makes for the same."""
    lock = f"{file}.lock"
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
            os.close(os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > deadline:
                raise Failure(f"Somebody is changing {file}. If nobody is, remove {lock}.") from None
            time.sleep(0.05)
        except OSError as error:
            raise Failure(f"Can't write {file}: {error.strerror}.") from None
    try:
        yield
    finally:
        os.unlink(lock)
