"""Of a server's answer nothing but values gets into a kubeconfig, whatever else it says."""

import base64
import re
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from runai_identity_cli.certificates import NoCertificates, certificates
from runai_identity_cli.cluster import ListedCluster, Unfit, clusters_of
from runai_identity_cli.kubeconfig_entries import Entries, Owner, Unwritable, entries_for

from tests.cli.authorities import AUTHORITY

UUID = "c0000000-0000-4000-8000-000000000001"
OWNER = Owner("https://identity.example.com", "bob@example.com", "runai-identity", "default")
GOOD = {
    "uuid": UUID,
    "name": "prod",
    "audience": "runai-prod",
    "mode": "both",
    "apiUrl": "https://prod.example.com:6443",
    "certificateAuthority": "",
    "namespace": "runai-faces",
}
EXEC = {
    "apiVersion": "client.authentication.k8s.io/v1",
    "command": "runai-identity",
    "args": ["get-token", "--cluster", UUID],
    "env": [
        {"name": "RUNAI_IDENTITY_SERVER", "value": "https://identity.example.com"},
        {"name": "RUNAI_IDENTITY_USER", "value": "bob@example.com"},
    ],
    "installHint": "Install runai-identity, one file to download and make executable:"
    " https://identity.example.com/cli/runai-identity",
    "interactiveMode": "IfAvailable",
    "provideClusterInfo": False,
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=6,
)
OPTIONS = [
    "exec",
    "command",
    "tls-server-name",
    "proxy-url",
    "insecure-skip-tls-verify",
    "as",
    "server",
    "user",
    "token",
]
DER = base64.b64decode("".join(AUTHORITY.split("\n")[1:-2]))


def written(said: dict[str, Any]) -> Entries:
    return entries_for(ListedCluster(said), OWNER)


def test_it_writes_what_is_right() -> None:
    entries = written({**GOOD, "certificateAuthority": f"of ours\n{AUTHORITY}and more\n"})

    assert entries.cluster == {
        "server": "https://prod.example.com:6443",
        "certificate-authority-data": base64.b64encode(AUTHORITY.encode()).decode(),
    }
    assert entries.user == {"exec": EXEC}
    assert entries.context == {"cluster": "prod", "user": "bob@example.com@prod", "namespace": "runai-faces"}
    assert "namespace" not in written({**GOOD, "namespace": ""}).context


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from([*GOOD, *OPTIONS]), JSON | st.sampled_from([*GOOD.values(), AUTHORITY])))
def test_no_answer_makes_another_kubeconfig(said: dict[str, Any]) -> None:
    try:
        entries = written({**GOOD, **said})
    except (Unfit, Unwritable):
        return
    assert entries.user == {"exec": {**EXEC, "args": ["get-token", "--cluster", entries.uuid]}}
    assert set(entries.cluster) <= {"server", "certificate-authority-data"}
    assert set(entries.context) <= {"cluster", "user", "namespace"}
    assert re.fullmatch(r"[a-z0-9-]{0,63}", entries.context.get("namespace", ""))
    assert re.fullmatch(r"[a-z0-9-]{1,57}", entries.cluster_name)
    assert re.fullmatch(r"https://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", entries.cluster["server"])
    assert yaml.safe_load(yaml.safe_dump(entries.user)) == entries.user


@pytest.mark.parametrize(
    "url",
    [
        "http://prod.example.com",
        "https://",
        "https://u:p@prod",
        "https://u@prod",
        "https://@prod",
        "https://prod?x=1",
        "https://prod#x",
        "https://prod/%2e%2e",
        "https://prod:0",
        "https://prod:99999",
        "https://prod:x",
        "https://pr od",
        "https://prod\n",
        "\x1bhttps://prod",
        "https://prod\\@evil",
        "https://[::1",
        "https://-prod",
        "--kubeconfig=x",
        "unix:///x",
        "https://prod/../x y",
        "https://pr\u043ed",
        "https://prod/" + "x" * 300,
        "https://[fe80::1%25eth0]",
    ],
)
def test_it_writes_no_address_that_is_more_than_one(url: str) -> None:
    with pytest.raises(Unwritable, match="its address is none"):
        written({**GOOD, "apiUrl": url})


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1", "https://[::1]:6443", "https://GPU.example.com", "https://r/k8s/c-1"]
)
def test_it_takes_the_addresses_there_are(url: str) -> None:
    assert written({**GOOD, "apiUrl": url}).cluster["server"] == url


@pytest.mark.parametrize(
    "name", ["", "Prod", "a b", "../x", "-x", "a" * 58, "a\x1b[2J", "prod\n", "a@b", "{}", "prod."]
)
def test_a_cluster_of_an_odd_name_is_left_out_and_named(name: str) -> None:
    usable, refused = clusters_of([GOOD, {**GOOD, "uuid": UUID.replace("1", "2"), "name": name}])

    assert [one.name for one in usable] == ["prod"]
    assert len(refused) == 1
    assert name[:10] in refused[0]


def test_neither_of_two_of_one_name_is_the_first() -> None:
    usable, refused = clusters_of([GOOD, {**GOOD, "uuid": UUID.replace("1", "2")}])

    assert usable == []
    assert refused == ["Left out what has the same name or uuid as another: prod."]


def pem(der: bytes, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n"


PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
KEY_DER = PRIVATE.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "-----BEGIN CERTIFICATE-----",
        pem(b""),
        pem(b"x"),
        pem(DER[:-1]),
        pem(DER + b"x"),
        pem(DER + DER),
        KEY,
        AUTHORITY + KEY,
        pem(KEY_DER),
        AUTHORITY.replace("CERTIFICATE", "TRUSTED CERTIFICATE"),
        AUTHORITY * 51,
        AUTHORITY + "-----BEGIN CERTIFICATE-----",
        pem(b"\x30\x84\xff\xff\xff\xff"),
        "\ud800" + pem(b"x"),
    ],
    ids=range(16),
)
def test_what_is_no_certificate_is_none(text: str) -> None:
    with pytest.raises(NoCertificates):
        certificates(text)


@given(st.binary(max_size=40), st.integers(0, len(DER)))
def test_nothing_else_comes_with_a_certificate(noise: bytes, place: int) -> None:
    try:
        found = certificates(pem(DER[:place] + noise + DER[place + len(noise) :]))
    except NoCertificates:
        return
    assert re.fullmatch(r"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n", "".join(found))
    assert certificates("".join(found)) == found
