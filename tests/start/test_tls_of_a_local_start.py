import datetime
import shlex
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.core.exceptions import ImproperlyConfigured

from runai_identity import local_tls
from runai_identity.local import make_certificate, settings_for, tls_from_environment
from tests.start.test_make_run import Start
from tests.system.kubernetes import write_certificate
from tests.walking import steps


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BIND", "PORT", "PUBLIC_URL", "ALLOWED_HOSTS", "TLS_CERT", "TLS_KEY", "DATA_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data/secrets").mkdir(parents=True)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A certificate of the operator's for 127.0.0.1."""
    certificate, key = write_certificate(tmp_path)
    monkeypatch.setenv("TLS_CERT", str(certificate))
    monkeypatch.setenv("TLS_KEY", str(key))
    monkeypatch.setenv("PUBLIC_URL", "https://127.0.0.1:8000")
    return certificate, key


def test_it_serves_plain_http_without_a_certificate(data: Path) -> None:
    made = settings_for(data, "127.0.0.1", 8000)

    assert (made["PUBLIC_URL"], "PUBLIC_CA_FILE" in made) == ("http://127.0.0.1:8000", False)
    assert tls_from_environment(data) is None


def test_a_throw_away_authority_is_told_to_clusters_and_people(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_certificate()

    made = settings_for(data, "127.0.0.1", 8000)
    assert made["PUBLIC_URL"] == "https://127.0.0.1:8000"
    assert Path(made["PUBLIC_CA_FILE"]).read_text() in capsys.readouterr().out


def test_it_makes_one_certificate_however_often_it_is_asked(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_certificate()
    first = {file.name: file.read_bytes() for file in (data / "tls").iterdir()}

    make_certificate()

    assert {file.name: file.read_bytes() for file in (data / "tls").iterdir()} == first
    assert "There is already a certificate for 127.0.0.1" in capsys.readouterr().out


def test_the_authority_can_sign_nothing_else(data: Path) -> None:
    make_certificate()

    text = "".join(file.read_text() for file in (data / "tls").iterdir())
    authority = x509.load_pem_x509_certificate((data / "tls/ca.crt").read_bytes())
    assert text.count("PRIVATE KEY-----") == 2  # the beginning and the end of one
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "gpu-1.lan", "::1"])
def test_it_is_for_the_address_that_people_use(data: Path, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("BIND", "0.0.0.0")
    monkeypatch.setenv("PUBLIC_URL", f"https://[{host}]:8000" if ":" in host else f"https://{host}:8000")
    make_certificate()

    certificate = x509.load_pem_x509_certificate((data / "tls/tls.crt").read_bytes())

    assert sorted(local_tls.names_of(certificate)) == sorted({host, "127.0.0.1", "localhost"})
    assert tls_from_environment(data)


def test_it_refuses_a_certificate_for_another_address(
    given: object, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://identity.example.com")

    monkeypatch.setenv("PORT", "8443")
    said = r"is for 127\.0\.0\.1, and people come to identity\.example\.com\..* PUBLIC_URL=https://127\.0\.0\.1:8443\."
    with pytest.raises(ImproperlyConfigured, match=said):
        tls_from_environment(data)


def test_it_refuses_half_a_pair(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLS_CERT", "tls.crt")

    with pytest.raises(ImproperlyConfigured, match="give both, or neither"):
        tls_from_environment(data)


def test_it_refuses_what_is_no_pair(given: tuple[Path, Path], data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TLS_KEY", str(given[0]))
    with pytest.raises(ImproperlyConfigured, match="are no certificate and its key"):
        tls_from_environment(data)

    monkeypatch.setenv("TLS_KEY", "/nonexistent")
    with pytest.raises(ImproperlyConfigured, match="can't be read"):
        tls_from_environment(data)


UNSERVED: dict[str, Callable[[], Any]] = {
    "P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "Ed448": ed448.Ed448PrivateKey.generate,
    "secp256k1": lambda: ec.generate_private_key(ec.SECP256K1()),
}


@pytest.mark.parametrize("kind", UNSERVED)
def test_it_refuses_a_key_with_which_nothing_can_be_served(given: tuple[Path, Path], data: Path, kind: str) -> None:
    pem = UNSERVED[kind]().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    given[1].write_bytes(pem)

    with pytest.raises(ImproperlyConfigured, match="can't be served"):
        tls_from_environment(data)


def test_it_says_that_a_key_is_encrypted(given: tuple[Path, Path], data: Path) -> None:
    key = load_pem_private_key(given[1].read_bytes(), None)
    given[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))

    with pytest.raises(ImproperlyConfigured, match=r"is encrypted\. Write it without a passphrase: openssl pkey"):
        tls_from_environment(data)


def test_it_refuses_an_http_address_with_a_certificate(
    given: object, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://127.0.0.1:8000")

    with pytest.raises(ImproperlyConfigured, match="Say https there too"):
        tls_from_environment(data)


def test_it_says_that_a_certificate_has_ended(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_certificate()
    monkeypatch.setenv("PUBLIC_URL", "https://127.0.0.1:8000")
    later = datetime.datetime.now(datetime.UTC) + local_tls.LIFETIME + datetime.timedelta(minutes=1)

    with (
        time_machine.travel(later),
        pytest.raises(ImproperlyConfigured, match=r"ended at .* To make another: rm -r .*tls;"),
    ):
        tls_from_environment(data)


@pytest.mark.parametrize(
    ("name", "host", "covers"),
    [
        ("*.example.com", "identity.example.com", True),
        ("*.example.com", "a.b.example.com", False),
        ("*.example.com", "example.com", False),
        ("Identity.example.com", "identity.example.com", True),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_a_wildcard_stands_for_one_label(name: str, host: str, covers: bool) -> None:
    assert local_tls._covers(name, host) is covers


@pytest.mark.slow
def test_it_starts_as_the_page_says(tmp_path: Path, migrated: Path) -> None:
    certificate, key = write_certificate(tmp_path)
    start = Start(tmp_path / "data", scheme="https", authority=certificate).with_tables(migrated)
    (page,) = [step.commands for step in steps("docs/tls.md") if "TLS_CERT" in step.commands]
    filled = page.replace("identity.example.com", "127.0.0.1").replace("8443", str(start.port))
    exported = dict(word.split("=", 1) for word in shlex.split(filled) if "=" in word)

    start.begin(**{**exported, "TLS_CERT": str(certificate), "TLS_KEY": str(key)})
    try:
        start.wait_until_served()
    finally:
        start.kill()

    assert exported.keys() == {"TLS_CERT", "TLS_KEY", "BIND", "PORT", "PUBLIC_URL"}


def why_refused(start: Start, version: ssl.TLSVersion) -> str:
    """What a client is told that offers no newer version than this."""
    context = ssl.create_default_context(cafile=str(start.authority))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", start.port), timeout=5) as plain:
        try:
            context.wrap_socket(plain, server_hostname="127.0.0.1").close()
        except ssl.SSLError as error:
            return str(error)
    return ""


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_it_serves_https_that_its_authority_vouches_for(tmp_path: Path, migrated: Path) -> None:
    start = Start(tmp_path / "data", scheme="https").with_tables(migrated)
    start.begin("-m", "runai_identity.local", "certificate")
    assert start.process and start.process.wait(30) == 0
    start.begin()
    try:
        start.wait_until_served()

        found = requests.get(f"{start.url}/.well-known/openid-configuration", verify=str(start.authority), timeout=5)
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(start.url, timeout=5)
        older = why_refused(start, ssl.TLSVersion.TLSv1_1)
    finally:
        start.kill()

    assert found.json()["issuer"] == f"{start.url}/auth/realms/runai"
    assert found.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
    assert "alert" in older  # the server says so, and not our own library
    assert f"export CURL_CA_BUNDLE={start.authority}" in start.output.read_text()
    assert ssl.create_default_context(cafile=str(start.authority)).cert_store_stats()["x509_ca"] == 1
