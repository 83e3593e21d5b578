"""Streams of the audit log by syslog: RFC 5424 messages, by UDP, TCP and TLS, to servers that misbehave."""

import json
import re
import ssl
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

import audit.services as audit
from audit.streams import syslog as wire
from audit.streams.address import SyslogAddress, parse_address
from audit.streams.sending import send_batch
from audit.streams.sinks import NotDelivered, SyslogSink
from common.actors import SYSTEM
from runai_identity import env
from tests.audit.collectors import MESSAGE, SyslogServer, syslog_by_udp
from tests.audit.tampering import write_entries
from tests.ports import free_port
from tests.system.kubernetes import write_certificate

pytestmark = pytest.mark.django_db(transaction=True)

SENDER = "identity.example.com"


def by_tcp(server: SyslogServer) -> SyslogSink:
    return SyslogSink(SyslogAddress("tcp", "127.0.0.1", server.port, SENDER))


def test_a_message_is_one_of_rfc_5424() -> None:
    audit.record("session:sign-in", actor=SYSTEM, result=audit.FAILED, text="\n\u00e9")
    server = SyslogServer()
    send_batch("syslog", by_tcp(server))

    (message,) = server.messages
    parts = MESSAGE.fullmatch(message)
    assert parts
    assert parts.group(1, 3, 4, 5, 6) == (b"108", SENDER.encode(), b"runai-identity", b"-", b"session:sign-in")
    assert json.loads(parts[7])["metadata"] == {"text": "\n\u00e9"}
    assert message.isascii() and b"\n" not in message


def test_an_entry_that_succeeded_is_informational() -> None:
    write_entries(1)
    server = SyslogServer()
    send_batch("syslog", by_tcp(server))

    assert server.messages[0].startswith(b"<110>1 ")


def test_all_come_in_order() -> None:
    ids = write_entries(250)
    server = SyslogServer()
    sink = by_tcp(server)
    while send_batch("syslog", sink):
        pass

    assert [int(record["id"]) for record in server.records()] == ids


@pytest.mark.parametrize("fault", ["reset", "hang"])
def test_what_a_server_did_not_read_to_the_end_comes_again(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SECONDS", 0.5)
    ids = write_entries(30)
    server = SyslogServer()
    server.behaves = [fault]
    with pytest.raises(NotDelivered):
        send_batch("syslog", by_tcp(server))
    send_batch("syslog", by_tcp(server))

    assert [int(record["id"]) for record in server.records()][-30:] == ids


def test_a_server_that_is_gone_says_why() -> None:
    write_entries(1)
    nobody = SyslogSink(SyslogAddress("tcp", "127.0.0.1", free_port(), SENDER))
    with pytest.raises(NotDelivered, match=r"127\.0\.0\.1: Connection refused"):
        send_batch("syslog", nobody)


@pytest.mark.parametrize("trusted", [True, False])
def test_tls_is_held_to_the_certificate(tmp_path: Path, trusted: bool) -> None:
    certificate, key = write_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = SyslogServer(context)
    ca = certificate.read_text() if trusted else ""
    ids, sink = write_entries(3), SyslogSink(SyslogAddress("tls", "127.0.0.1", server.port, SENDER, ca))
    if trusted:
        send_batch("syslog", sink)
    else:
        with pytest.raises(NotDelivered, match="certificate verify failed"):
            send_batch("syslog", sink)

    assert [int(record["id"]) for record in server.records()] == (ids if trusted else [])


def test_by_udp_a_message_is_a_datagram() -> None:
    ids = write_entries(3)
    audit.record("user:update", actor=SYSTEM, text="x" * 70_000)
    with syslog_by_udp() as server:
        port = server.getsockname()[1]
        send_batch("syslog", SyslogSink(SyslogAddress("udp", "127.0.0.1", port, SENDER)))
        found = [MESSAGE.fullmatch(server.recv(70_000)) for _ in range(4)]

    records = [json.loads(one[7]) for one in found if one]
    assert [int(record["id"]) for record in records[:3]] == ids
    assert (records[3]["cut"], records[3]["metadata"]) == (True, {})


@pytest.mark.parametrize(
    ("text", "transport", "host", "port"),
    [
        ("udp://logs.example.com", "udp", "logs.example.com", 514),
        ("tcp://192.0.2.7:1514", "tcp", "192.0.2.7", 1514),
        ("tls://[2001:db8::1]", "tls", "2001:db8::1", 6514),
    ],
)
def test_an_address_is_read(text: str, transport: str, host: str, port: int) -> None:
    address = parse_address(text, sender=SENDER)

    assert (address.transport, address.host, address.port) == (transport, host, port)


@pytest.mark.parametrize(
    "text",
    [
        "logs.example.com",
        "http://x",
        "tcp://",
        "tcp://x:0",
        "tcp://x:99999",
        "tls://u@x",
        "tls://x/y",
        "tls://x?y",
        "udp://[",
    ],
)
def test_another_address_stops_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_STREAM_SYSLOG", text)
    with pytest.raises(ImproperlyConfigured, match=re.escape("AUDIT_STREAM_SYSLOG takes an address such as tls://")):
        env.syslog("AUDIT_STREAM_SYSLOG", sender=SENDER, ca="")
