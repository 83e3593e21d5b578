"""Whose certificates the agent trusts: those of CA_FILE, whatever else its environment names."""

import ssl
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from clustersync.agent.names import names_by
from clustersync.agent.received import received
from clustersync.agent.source import ControlPlane, Unanswered
from tests.clustersync.wanted import UUID
from tests.system.kubernetes import write_certificate


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"objects": []}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    return write_certificate(folder)[0]


@pytest.fixture
def address(certificate: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("tls.key"))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def asked(address: str, tmp_path: Path, ca: Path | None) -> None:
    credential = tmp_path / "token"
    credential.write_text("secret")
    read = partial(received, cluster=UUID, names=names_by("runai:", "runai:"))
    ControlPlane(address, UUID, credential, read=read, ca=ca).wanted()


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_file_wins_over_the_environment(
    address: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    other = write_certificate(tmp_path)[0]
    monkeypatch.setenv(variable, str(other))

    asked(address, tmp_path, certificate)

    with pytest.raises(Unanswered, match="not trusted"):
        asked(address, tmp_path, None)
    monkeypatch.setenv(variable, str(certificate))
    asked(address, tmp_path, None)
    with pytest.raises(Unanswered, match="not trusted"):
        asked(address, tmp_path, other)
