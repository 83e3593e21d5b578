"""What a real kube-apiserver makes of a file: does it start with it, and whom does it take our tokens for?"""

import os
import re
import shlex
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml

from common.hashes import sha256_of
from tests.clustersync.doctor import DISCOVERY_URL, ISSUER, ORIGIN, UUID
from tests.ports import free_port
from tests.system.kubernetes import ADMIN_TOKEN, ASSETS, APIServer, write_certificate

STOPS, WORKS = "does not start", "works"
NOBODY, SOME, OTHERWISE, OPEN = "refuses all", "refuses some", "names otherwise", "lets everybody do everything"

# What it says when it has read what it was told, before it misses its etcd.
HAS_READ = re.compile(r"manifest file is empty| oidc\.go:\d+\]")
SECRETS = "/api/v1/namespaces/kube-system/secrets"
LAST = re.compile(r'authentication_config_controller_last_config_info\{[^}]*[,{]hash="([^"]+)"')
FAILURES = re.compile(r'authentication_config_controller_automatic_reloads_total\{[^}]*status="failure"\} (\d+)')


@dataclass(frozen=True)
class Real:
    """As it is served: what stands in a file in place of the names that the files have, and who gets which token.

    A token is made anew each time, since a server remembers for a while what it said of one.
    """

    issuer: str
    origin: str
    uuid: str
    discovery_url: str
    audience: str
    authority: str
    tokens: Mapping[str, Callable[[], str]]
    expected: Mapping[str, tuple[str, str]]

    def text(self, text: str) -> str:
        for was, now in (
            (DISCOVERY_URL, self.discovery_url),
            (ISSUER, self.issuer),
            (ORIGIN, self.origin),
            (UUID, self.uuid),
            ("runai-gpu-1", self.audience),
        ):
            text = text.replace(was, now)
        pem = "".join(f"      {line}\n" for line in self.authority.splitlines())
        if "certificateAuthority:" in text or not text.startswith(("apiVersion", "kind", "-", "{", "%")):
            return text
        return text.replace("    audiences:", f"    certificateAuthority: |\n{pem}    audiences:", 1)


# Where a file stands that flags name, and what it is called here.
ELSEWHERE = {
    "/etc/kubernetes/authorization.yaml": "authorization.yaml",
    "/etc/kubernetes/runai-identity-webhook.json": "webhook.yaml",
}
# Of a pod's arguments what a server here has of its own.
OWN = ("--etcd-servers", "--authorization-mode")


def flags_of(text: str, folder: Path) -> list[str]:
    """The file as a flag, and the flags that stand with it or instead of it."""
    if "kind: Pod\n" in text:
        return _of_pod(text, folder)
    if text.startswith("-"):
        return _of_flags(text, folder)
    file, separator, more = text.partition("---\n--")
    flags = [f"--{line}" for line in more.splitlines()] if separator else []
    path = folder / "authentication.yaml"
    path.write_text(file)
    return [f"--authentication-config={path}", *flags]


ANYWHERE = ["--etcd-servers=http://127.0.0.1:1", "--bind-address=127.0.0.1"]


def _of_flags(text: str, folder: Path) -> list[str]:
    """With one of the files that they name after them; their words are those of a shell."""
    flags, _, file = text.partition("---\n")
    for path, name in ELSEWHERE.items():
        if path in flags:
            (folder / name).write_text(file)
            flags = flags.replace(path, str(folder / name))
    ca = [f"--oidc-ca-file={folder / 'ca.crt'}"] if "--oidc" in flags else []
    return [*shlex.split(flags), *ca]


def _of_pod(text: str, folder: Path) -> list[str]:
    """As the kubelet starts it."""
    containers = yaml.safe_load(text)["spec"]["containers"]
    container = next(one for one in containers if one["name"] == "kube-apiserver")
    words = [str(word) for word in (*container["command"][1:], *container.get("args", ()))]
    kept = [word for word in words if not word.startswith(OWN)]
    return [word.replace("/etc/kubernetes/runai-identity/ca.crt", str(folder / "ca.crt")) for word in kept]


def own_flags(flags: Sequence[str]) -> list[str]:
    """What a server is told where the flags that are tried don't say it."""
    return [] if any("authorization" in flag for flag in flags) else ["--authorization-mode=RBAC"]


def starts(text: str, folder: Path) -> tuple[bool, str]:
    """Without an etcd, which it misses after it has read what it was told; with what it says when it stops."""
    crt, key = write_certificate(folder)
    (folder / "ca.crt").write_bytes(crt.read_bytes())
    log, flags = folder / "log", flags_of(text, folder)
    with log.open("wb") as written:
        arguments = [f"--secure-port={free_port()}", f"--cert-dir={folder}", f"--tls-cert-file={crt}"]
        arguments += [f"--tls-private-key-file={key}", "--service-account-issuer=https://kubernetes.default.svc"]
        arguments += [f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}", *ANYWHERE]
        arguments += [*own_flags(flags), *flags]
        process = subprocess.Popen([ASSETS / "kube-apiserver", *arguments], stdout=written, stderr=written)
        deadline = time.monotonic() + 8
        while process.poll() is None and time.monotonic() < deadline and not HAS_READ.search(log.read_text()):
            time.sleep(0.05)
        stopped = process.poll() is not None
        process.kill()
        process.wait()
    return not stopped, _complaint(log.read_text()) if stopped else ""


def _complaint(log: str) -> str:
    """The line in which it says why, without the names of this machine."""
    failed = log.partition("command failed")[2] or log
    found = re.search(r'(?:err="|err=<\s*|[Ee]rror: )(.+)', failed)
    text = found[1] if found else log.strip().splitlines()[-1]
    return re.sub(r'(?:from file )?\\?"?/[\w/.-]+\\?"?: ', "", text).strip('"<> ')[:200]


@contextmanager
def running(text: str, folder: Path, authority: str) -> Iterator[APIServer]:
    folder.mkdir()
    (folder / "ca.crt").write_text(authority)
    server = APIServer(folder)
    try:
        server.start(flags_of(text, folder))
        yield server
    finally:
        server.stop()


def verdict(server: APIServer, real: Real, *, seconds: float = 0) -> str:
    """Of the tokens; a server that has just started is given these seconds to fetch our keys."""
    deadline = time.monotonic() + seconds
    while (said := _verdict(server, real)) == NOBODY and time.monotonic() < deadline:
        time.sleep(0.5)
    return said


def _verdict(server: APIServer, real: Real) -> str:
    tokens = {name: make() for name, make in real.tokens.items()}
    users = {name: server.who(token) for name, token in tokens.items()}
    if not any(users.values()):
        return NOBODY
    if any(user and server.ask(tokens[name], SECRETS).ok for name, user in users.items()):
        return OPEN
    if not all(users.values()):
        return SOME
    for name, (username, group) in real.expected.items():
        user = users[name] or {}
        if user["username"] != username or (group and group not in user.get("groups", ())):
            return OTHERWISE
    return WORKS


def give(server: APIServer, text: str) -> Callable[[], bool | None]:
    """Give a running server another file. Called again, what is returned says whether it took it over, or None yet."""
    failures = _failures(server)
    path = server.folder / "authentication.yaml"
    beside = path.with_suffix(".new")
    beside.write_text(text)
    os.replace(beside, path)
    wanted = f"sha256:{sha256_of(text)}"

    def is_taken() -> bool | None:
        metrics = server.ask(ADMIN_TOKEN, "/metrics").text
        if wanted in LAST.findall(metrics):
            return True
        return False if _failures(server) > failures else None

    return is_taken


def taken(waiting: Sequence[Callable[[], bool | None]], *, seconds: float = 25) -> list[bool]:
    """Of those who were given one, who took it over. It takes ten seconds, in which it looks for the issuer."""
    deadline = time.monotonic() + seconds
    while any(is_taken() is None for is_taken in waiting) and time.monotonic() < deadline:
        time.sleep(0.3)
    return [is_taken() or False for is_taken in waiting]


def _failures(server: APIServer) -> int:
    return sum(map(int, FAILURES.findall(server.ask(ADMIN_TOKEN, "/metrics").text)))
