"""Kubeconfigs on the disk: those that kubectl reads together, and the one that is written."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import yaml

from runai_identity_cli.failures import Failure

Config = dict  # a kubeconfig, as kubectl reads and writes it
Named = dict  # what stands under each name

SECTIONS = ("clusters", "users", "contexts")
PATIENCE = 5  # seconds


class Loader(yaml.SafeLoader):
    """Safe, and takes for text what is text to kubectl: a day, a time, and a number of base 60."""


class Dumper(yaml.SafeDumper):
    """Writes a text in quotes where kubectl would take it for a number or a boolean, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _resolvers(tag: str, pattern: re.Pattern[str]) -> list[tuple[str, re.Pattern[str]]]:
    if tag in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"):
        return []
    if tag in ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float"):
        pattern = re.compile(f"(?!.*:)(?:{pattern.pattern})", re.VERBOSE)
    return [(tag, pattern)]


Loader.yaml_implicit_resolvers = {
    first: [kept for tag, pattern in resolvers for kept in _resolvers(tag, pattern)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

# To Go's parser, of YAML 1.1 and 1.2 together: 1e3, 0o17, .5, y. PyYAML has most of them for text.
AMBIGUOUS = re.compile(
    r"[-+]?\.?[0-9].*|[-+]?\.inf|\.nan|y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE | re.DOTALL
)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if AMBIGUOUS.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _represent_text)


class View:
    """The view that kubectl has of several kubeconfigs: of each name, and of the current context, the first counts."""

    def __init__(self, configs: list[Config[str, Any]]) -> None:
        self.clusters = _first(configs, "clusters", "cluster")
        self.users = _first(configs, "users", "user")
        self.contexts = _first(configs, "contexts", "context")
        named = [config["current-context"] for config in configs if config.get("current-context")]
        self.current = str(named[0]) if named else ""


def usual() -> str:
    """Return the first that kubectl reads."""
    return (_listed() or [os.path.expanduser("~/.kube/config")])[0]


def read_together(file: str) -> list[str]:
    """Return the files that kubectl reads together with this one, itself among them, in their order."""
    listed = [os.path.abspath(name) for name in _listed()]
    return listed if os.path.realpath(file) in map(os.path.realpath, listed) else [file]


def read(file: str) -> Config[str, Any]:
    """Empty when there is none."""
    try:
        with open(file, encoding="utf-8") as opened:
            found = yaml.load(opened, Loader=Loader) or {}  # noqa: S506  a SafeLoader
    except FileNotFoundError:
        found = {}
    except OSError as error:
        raise Failure(f"Can't read {file}: {error.strerror}.") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or found.get("kind", "Config") != "Config":
        raise Failure(f"{file} is no kubeconfig. Nothing was written. Name another with --file.")
    sections = {section: found.get(section) or [] for section in SECTIONS}
    if not all(isinstance(section, list) for section in sections.values()):
        raise Failure(f"{file} is no kubeconfig. Nothing was written. Name another with --file.")
    return {"apiVersion": "v1", "kind": "Config", **found, **sections}


def put(config: Config[str, Any], section: str, name: str, body: Config[str, Any]) -> None:
    """In the place of the entry of this name, or at the end."""
    entry = {"name": name, section[:-1]: body}
    entries = config[section]
    places = [place for place, one in enumerate(entries) if isinstance(one, dict) and one.get("name") == name]
    if places:
        entries[places[0]] = {**entries[places[0]], **entry}
    else:
        entries.append(entry)


def write(file: str, config: Config[str, Any]) -> None:
    """Write as a whole or not at all, and for its owner alone: a kubeconfig may hold keys."""
    folder = os.path.dirname(os.path.realpath(file))
    try:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".runai-identity-") as aside:
            path = os.path.join(aside, "config")
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as new:
                yaml.dump(config, new, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1000)
            os.replace(path, os.path.realpath(file))
    except OSError as error:
        raise Failure(f"Can't write {file}: {error.strerror}.") from None


@contextlib.contextmanager
def alone_with(file: str) -> Iterator[None]:
    """Hold the lock file that kubectl makes for the same."""
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


def _listed() -> list[str]:
    return [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]


def _first(configs: list[Config[str, Any]], section: str, key: str) -> Named[str, Any]:
    found: Named[str, Any] = {}
    for config in configs:
        for entry in config[section]:
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                found.setdefault(entry["name"], entry.get(key) or {})
    return found
