"""Make a kubeconfig's entries for clusters, and tell which entries of one are ours. Pure.

Of the server's answer only values are used: the uuid, name, address and certificates of a cluster. Every key, the
program, its arguments and its environment are written here.
"""

from __future__ import annotations

import base64
import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from runai_identity_cli.address import is_host
from runai_identity_cli.certificates import NoCertificates, certificates
from runai_identity_cli.cluster import ListedCluster
from runai_identity_cli.session import PROFILE, SERVER, USER

Body = dict  # of an entry, as YAML has it
Named = dict  # the entries of a section by their names

PROGRAM = "runai-identity"
EXEC_VERSION = "client.authentication.k8s.io/v1"
LONGEST_ADDRESS = 300
PATH = re.compile(r"(?:/[A-Za-z0-9._~-]{1,100}){0,10}/?")
WRITTEN = ("server", "certificate-authority-data")  # of a cluster; other options in it are the person's


class Unwritable(Exception):
    """Nothing can be written for a cluster; the text says why, and what to do."""


class Owner(NamedTuple):
    """The owner of our entries: `command` is the path of this program, `profile` "default" or the name of another."""

    server: str
    person: str
    command: str
    profile: str


class Entries(NamedTuple):
    """The three entries that lead to a cluster, and the names under which they stand."""

    uuid: str
    cluster_name: str
    name: str  # of the user and of the context
    cluster: Body[str, Any]
    user: Body[str, Any]
    context: Body[str, Any]


def entries_for(cluster: ListedCluster, owner: Owner, *, suffix: str = "") -> Entries:
    """Unwritable where the server says an address or certificates that can't be used."""
    body = {"server": _address(cluster.api_url)}
    if cluster.authority:
        body["certificate-authority-data"] = _authority(cluster.authority)
    cluster_name = f"{cluster.name}{suffix}"
    name = f"{owner.person}@{cluster_name}"
    namespace = {"namespace": cluster.namespace} if cluster.namespace else {}
    context = {"cluster": cluster_name, "user": name, **namespace}
    return Entries(cluster.uuid, cluster_name, name, body, {"exec": _plugin(cluster.uuid, owner)}, context)


def is_ours(user: Any, uuid: str, server: str) -> bool:
    """Return True for a user who does nothing but ask this program for a token, for this cluster, at this server."""
    plugin = user.get("exec") if isinstance(user, dict) and set(user) == {"exec"} else None
    if not isinstance(plugin, dict):
        return False
    command, variables = plugin.get("command"), plugin.get("env")
    return (
        isinstance(command, str)
        and command.rpartition("/")[2] == PROGRAM
        and plugin.get("args") == ["get-token", "--cluster", uuid]
        and isinstance(variables, list)
        and {"name": SERVER, "value": server} in variables
    )


def _plugin(uuid: str, owner: Owner) -> Body[str, Any]:
    variables = {SERVER: owner.server, USER: owner.person}
    if owner.profile != "default":
        variables[PROFILE] = owner.profile
    hint = f"Install {PROGRAM}, one file to download and make executable: {owner.server}/cli/{PROGRAM}"
    return {
        "apiVersion": EXEC_VERSION,
        "command": owner.command,
        "args": ["get-token", "--cluster", uuid],
        "env": [{"name": name, "value": value} for name, value in variables.items()],
        "installHint": hint,
        "interactiveMode": "IfAvailable",
        "provideClusterInfo": False,
    }


def _address(url: str) -> str:
    if not url:
        raise Unwritable(
            "nobody has entered yet by which address people reach it; a system administrator does, on its page"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = parts.hostname or ""
    written = f"[{host}]" if ":" in host else host
    plain = f"https://{written}{'' if port is None else f':{port}'}{parts.path}"
    fits = len(url) <= LONGEST_ADDRESS and is_host(host) and port != 0 and PATH.fullmatch(parts.path)
    if not fits or plain.lower() != url.lower():
        raise Unwritable("its address is none that kubectl may be sent to: https, a host, and no more than a path")
    return url


def _authority(pem: str) -> str:
    try:
        return base64.b64encode("".join(certificates(pem)).encode()).decode()
    except NoCertificates as why:
        raise Unwritable(f"its certificate authority can't be used: {why}") from None
