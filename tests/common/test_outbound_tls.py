"""TLS through the one door is held to the name that was asked for, whatever address that led to."""

import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from common.errors import Invalid, Unavailable
from common.outbound import fetch
from tests.common.test_outbound import resolve_to

NAME = "idp.example.com"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302 if self.path == "/down" else 200)
        self.send_header("Location", f"http://{NAME}:{self.server.server_port}/")  # type: ignore[attr-defined]
        self.end_headers()
        self.wfile.write(b"<metadata/>")

    def log_message(self, *args: object) -> None:
        pass


def certificate(folder: Path) -> Path:
    """Self-signed, for NAME, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return certificate(tmp_path)


@pytest.fixture
def asked_for() -> list[str]:
    """The names by SNI."""
    return []


@pytest.fixture
def port(file: Path, asked_for: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a server on loopback, where every name leads to."""
    settings.OUTBOUND_PRIVATE_NETWORKS = [ip_network("127.0.0.0/8")]
    resolve_to(monkeypatch, ["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda connection, name, _: asked_for.append(name)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.fixture
def trusted(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(file))


@pytest.mark.usefixtures("trusted")
def test_it_asks_for_the_name_and_trusts_its_certificate(port: int, asked_for: list[str]) -> None:
    assert fetch(f"https://{NAME}:{port}/", most_bytes=100) == b"<metadata/>"
    assert asked_for == [NAME]


@pytest.mark.usefixtures("trusted")
def test_it_refuses_the_certificate_of_another_name(port: int) -> None:
    with pytest.raises(Unavailable, match="certificate is not trusted"):
        fetch(f"https://other.example.com:{port}/", most_bytes=100)


def test_it_refuses_a_certificate_that_nobody_vouches_for(port: int) -> None:
    with pytest.raises(Unavailable, match="certificate is not trusted"):
        fetch(f"https://{NAME}:{port}/", most_bytes=100)


def test_it_trusts_a_company_ca(port: int, file: Path, settings: Settings) -> None:
    settings.OUTBOUND_CA = file.read_text().partition("-----END PRIVATE KEY-----")[2]

    assert fetch(f"https://{NAME}:{port}/", most_bytes=100) == b"<metadata/>"
    with pytest.raises(Unavailable, match="certificate is not trusted"):
        fetch(f"https://other.example.com:{port}/", most_bytes=100)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
def test_it_follows_no_redirect_out_of_tls(port: int, scheme: str) -> None:
    with pytest.raises(Invalid, match="without TLS"):
        fetch(f"{scheme}://{NAME}:{port}/down", most_bytes=100)
