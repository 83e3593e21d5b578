"""A real kube-apiserver with its etcd, from the folder that KUBEBUILDER_ASSETS names."""

import datetime
import ipaddress
import os
import subprocess
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from rest_framework.test import APIClient

from accounts.models import User
from tests import cast
from tests.ports import free_port

ASSETS = Path(os.environ.get("KUBEBUILDER_ASSETS", "/nonexistent"))
ADMIN_TOKEN = "cluster-admin-for-this-test"
NAMESPACES = "/api/v1/namespaces"

REAL = [
    pytest.mark.system,
    pytest.mark.skipif(not (ASSETS / "kube-apiserver").exists(), reason="there is no kube-apiserver: make clusters"),
]


@cache
def version() -> tuple[int, int]:
    """Of the API server that is tested against: (1, 36)."""
    said = subprocess.run([ASSETS / "kube-apiserver", "--version"], capture_output=True, text=True, check=True).stdout
    major, minor = said.split("v")[-1].split(".")[:2]
    return int(major), int(minor)


def since(major: int, minor: int) -> pytest.MarkDecorator:
    """Skips with an older API server, and without any."""
    there = (ASSETS / "kube-apiserver").exists() and version() >= (major, minor)
    return pytest.mark.skipif(not there, reason=f"needs kube-apiserver {major}.{minor}")


def token_for(user: User, audience: str) -> str:
    """As people's scripts get one."""
    body = {"grantType": "password", "username": user.email, "password": cast.PASSWORD, "audience": audience or None}
    answer = APIClient().post("/api/v1/token", body, format="json")
    assert answer.status_code == 200, answer.content
    return str(answer.json()["accessToken"])


def write_certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    crt, pem = folder / "tls.crt", folder / "tls.key"
    crt.write_bytes(certificate.public_bytes(Encoding.PEM))
    pem.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    return crt, pem


class APIServer:
    """Started with our generated flags; asked with bearer tokens."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.processes: list[subprocess.Popen[bytes]] = []
        self.arguments: list[str] = []

    def start(self, flags: list[str]) -> None:
        etcd = f"http://127.0.0.1:{free_port()}"
        peers = f"http://127.0.0.1:{free_port()}"
        urls = [f"--listen-client-urls={etcd}", f"--advertise-client-urls={etcd}", f"--listen-peer-urls={peers}"]
        self._run("etcd", [f"--data-dir={self.folder / 'etcd'}", *urls])
        crt, key = self.folder / "tls.crt", self.folder / "tls.key"
        if not crt.exists():
            write_certificate(self.folder)
        (self.folder / "tokens.csv").write_text(
            f"{ADMIN_TOKEN},admin,admin,system:masters\nagent-of-this-test,agent,agent,agents-of-this-test\n"
        )
        self.arguments = [
            f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1",
            f"--secure-port={self.port}",
            f"--cert-dir={self.folder}",
            f"--tls-cert-file={crt}",
            f"--tls-private-key-file={key}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key}",
            f"--service-account-signing-key-file={key}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            *([] if any("authorization" in flag for flag in flags) else ["--authorization-mode=RBAC"]),
            "--disable-admission-plugins=ServiceAccount",
            *flags,
        ]
        self.go_on()

    def ask(self, token: str, path: str, body: object = None, *, method: str = "") -> requests.Response:
        method = method or ("GET" if body is None else "POST")
        headers = {"Authorization": f"Bearer {token}"}
        url = f"https://127.0.0.1:{self.port}{path}"
        return requests.request(
            method, url, headers=headers, json=body, verify=str(self.folder / "tls.crt"), timeout=30
        )

    def who(self, token: str) -> dict[str, Any] | None:
        """Whom it takes the bearer for: username, uid, groups, extra; None where it refuses the token."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview", "spec": {"token": token}}
        answer = self.ask(ADMIN_TOKEN, "/apis/authentication.k8s.io/v1/tokenreviews", review)
        assert answer.status_code == 201, answer.text
        status = answer.json()["status"]
        return dict(status["user"]) if status.get("authenticated") else None

    def bind_group(self, group: str, role: str) -> None:
        self.bind("Group", group, role)

    def bind(self, kind: str, name: str, role: str) -> None:
        body = {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "test-binding"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}],
        }
        made = self.ask(ADMIN_TOKEN, "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", body)
        assert made.status_code == 201, made.text
        time.sleep(1)  # its authorizer watches

    def halt(self) -> None:
        """An outage of the API server alone; its etcd keeps everything."""
        self.processes[-1].kill()
        self.processes.pop().wait()

    def go_on(self) -> None:
        self._run("kube-apiserver", self.arguments)
        self._wait()

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _run(self, program: str, arguments: list[str]) -> None:
        with (self.folder / f"{program}.log").open("wb") as log:
            self.processes.append(subprocess.Popen([ASSETS / program, *arguments], stdout=log, stderr=log))

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and all(process.poll() is None for process in self.processes):
            try:
                if self.ask(ADMIN_TOKEN, "/readyz").ok:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.2)
        raise AssertionError((self.folder / "kube-apiserver.log").read_text()[-3000:])


def known(kubernetes: APIServer, token: str) -> dict[str, Any]:
    """Whom it takes the bearer for; its first look at our keys may come ten seconds after it started."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if user := kubernetes.who(token):
            return user
        time.sleep(0.5)
    raise AssertionError((kubernetes.folder / "kube-apiserver.log").read_text()[-2000:])
