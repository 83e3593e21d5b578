"""A proxy of the environment: it is used as it is named, and no message tells its password."""

import base64
import socket
from itertools import product
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runai_identity_cli.failures import Failure
from runai_identity_cli.web import Web

SECRET = "hunter2"
MARKS = "/?#@:%[]\\ "
SHAPES = [
    "http://bob:{}@127.0.0.1:1",
    "http://bob:{}@127.0.0.1:port",
    "http://bob:{}@127.0.0.1:99999",
    "http://bob:{}@",
    "http://bob:{}@[::1",
    "http:/bob:{}@127.0.0.1:1",
    "http:bob:{}@127.0.0.1:1",
    "bob:{}@127.0.0.1:1",
    ":::{}@127.0.0.1:1",
    "socks5://bob:{}@127.0.0.1:1",
    "http://{}@127.0.0.1:1/path",
]


def said(monkeypatch: pytest.MonkeyPatch, proxy: str) -> str:
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(Failure) as raised:
        Web("https://127.0.0.1:2").get("https://127.0.0.1:2/")
    return str(raised.value)


@pytest.mark.parametrize(("shape", "mark"), list(product(SHAPES, ["", *MARKS])))
def test_no_address_of_a_proxy_is_a_fault_or_tells_its_password(
    monkeypatch: pytest.MonkeyPatch, shape: str, mark: str
) -> None:
    message = said(monkeypatch, shape.format(f"{SECRET}{mark}{SECRET}"))

    assert SECRET not in message
    assert "PROXY" in message


@given(st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_whatever_it_is_it_is_no_fault(proxy: str) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(socket, "create_connection", _refuse)
        assert said(monkeypatch, proxy)


def _refuse(*args: object, **named: object) -> socket.socket:
    raise ConnectionRefusedError


@pytest.mark.parametrize("scheme", ["http://", "https://", ""])
def test_a_proxy_gets_its_password_and_the_host_alone(monkeypatch: pytest.MonkeyPatch, scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        heard: list[bytes] = []
        thread = Thread(target=_hear, args=(listening, heard), daemon=True)
        thread.start()
        message = said(monkeypatch, f"{scheme}bob:hunter%402@127.0.0.1:{listening.getsockname()[1]}/")
        thread.join(10)

    assert heard[0].startswith(b"CONNECT 127.0.0.1:2 HTTP/1.")
    assert base64.b64encode(b"bob:hunter@2") in heard[0]
    assert "407" in message and "hunter" not in message


def _hear(listening: socket.socket, heard: list[bytes]) -> None:
    connection, _ = listening.accept()
    with connection:
        heard.append(connection.recv(4096))
        connection.sendall(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
