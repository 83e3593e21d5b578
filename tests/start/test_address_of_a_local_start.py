import socket
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from runai_identity.local import settings_for
from runai_identity.local_address import address_from_environment, refuse_a_taken_port


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BIND", "PORT", "PUBLIC_URL", "ALLOWED_HOSTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "secrets").mkdir()
    return tmp_path


def test_it_listens_on_this_machine_only() -> None:
    assert address_from_environment() == ("127.0.0.1", 8000)


@pytest.mark.parametrize("port", ["", "0", "65536", "http", "٣", "-1"])
def test_it_refuses_a_port_that_is_none(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(ImproperlyConfigured, match="PORT takes a number"):
        address_from_environment()


@pytest.mark.parametrize("bind", ["0.0.0.0", "::"])
def test_it_asks_by_which_address_people_come_when_it_listens_on_every_one(
    monkeypatch: pytest.MonkeyPatch, bind: str
) -> None:
    monkeypatch.setenv("BIND", bind)
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL=http://HOST:8000"):
        address_from_environment()

    monkeypatch.setenv("PUBLIC_URL", "http://gpu-1.lan:8000")
    assert address_from_environment() == (bind, 8000)


@pytest.mark.parametrize(
    ("bind", "public", "hosts"),
    [
        ("127.0.0.1", None, "127.0.0.1,localhost"),
        ("::1", None, "[::1],localhost"),
        ("0.0.0.0", "https://identity.example.com", "0.0.0.0,localhost,identity.example.com"),
    ],
)
def test_it_answers_to_the_names_it_is_reached_by(
    monkeypatch: pytest.MonkeyPatch, data: Path, bind: str, public: str | None, hosts: str
) -> None:
    if public:
        monkeypatch.setenv("PUBLIC_URL", public)

    assert settings_for(data, bind, 8000)["ALLOWED_HOSTS"] == hosts


def test_it_writes_an_ipv6_address_in_brackets(data: Path) -> None:
    assert settings_for(data, "::1", 8000)["PUBLIC_URL"] == "http://[::1]:8000"


def test_it_refuses_a_port_that_somebody_listens_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other, pytest.raises(SystemExit, match="Choose another port"):
        refuse_a_taken_port("127.0.0.1", other.getsockname()[1])
