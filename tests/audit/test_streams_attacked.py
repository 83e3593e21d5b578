"""Streams of the audit log to receivers that close early, stop reading, take little, or are not meant to be reached."""

import json
import os
import socket
import ssl
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.utils import formatdate
from io import FileIO
from pathlib import Path
from threading import Event, Thread

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from pytest_django import Settings

import audit.services as audit
from audit.models import StreamPosition
from audit.streams import sinks
from audit.streams.address import SyslogAddress
from audit.streams.sending import send_batch
from audit.streams.sinks import FileSink, HTTPSink, NotDelivered, SyslogSink
from common.actors import SYSTEM
from runai_identity import env
from tests.audit.collectors import Collector, tls_context
from tests.audit.tampering import write_entries
from tests.system.kubernetes import write_certificate

pytestmark = pytest.mark.django_db(transaction=True)


def write_long_entries(count: int, *, each: int) -> list[int]:
    return [int(audit.record("user:update", actor=SYSTEM, text="x" * each).pk) for _ in range(count)]


@contextmanager
def closing_early(tls: ssl.SSLContext | None) -> Iterator[int]:
    """A server that says at once that it is done, while most is still on the way to it."""
    done = Event()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with tls.wrap_socket(connection, server_side=True) if tls else connection as one:
                one.shutdown(socket.SHUT_WR)
                done.wait(30)

        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        done.set()
        thread.join()


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_syslog_server_that_closes_before_it_has_everything_took_nothing(transport: str, tmp_path: Path) -> None:
    write_long_entries(40, each=1000)
    certificate, key = write_certificate(tmp_path)
    chain = tmp_path / "chain.pem"
    chain.write_text(certificate.read_text() + key.read_text())
    with closing_early(tls_context(chain) if transport == "tls" else None) as port:
        sink = SyslogSink(SyslogAddress(transport, "127.0.0.1", port, "a", certificate.read_text()))
        with pytest.raises(NotDelivered, match="it closed before it had everything"):
            send_batch("syslog", sink)

    assert StreamPosition.objects.get().entry_id == 0


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


def test_a_pipe_that_nobody_reads_takes_nothing(pipe: Path) -> None:
    write_entries(3)
    with pytest.raises(NotDelivered, match="pipe: nobody reads it"):
        send_batch("file", FileSink(str(pipe)))

    assert StreamPosition.objects.get().entry_id == 0


@pytest.mark.parametrize("each", [10, 3000])
def test_a_pipe_whose_reader_stops_has_whole_lines(pipe: Path, each: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sinks, "PIPE_SECONDS", 0.2)
    ids = write_long_entries(150, each=each)
    with open(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as reader:
        with pytest.raises(NotDelivered, match="its reader took nothing in time"):
            send_batch("file", FileSink(str(pipe)))
        monkeypatch.setattr(sinks, "PIPE_SECONDS", 30)
        read = reader.read() or b""
        assert StreamPosition.objects.get().entry_id == 0
        read += _read_while_sending(reader, pipe)

    found = [int(json.loads(line)["id"]) for line in read.splitlines()]
    assert sorted(set(found)) == ids
    assert StreamPosition.objects.get().entry_id == ids[-1]


def _read_while_sending(reader: FileIO, pipe: Path) -> bytes:
    read = b""
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(_send_from_another_thread, pipe)
        while not sending.done():
            read += reader.read() or b""
            time.sleep(0.01)
        sending.result()
    return read + (reader.read() or b"")


def _send_from_another_thread(pipe: Path) -> None:
    try:
        send_batch("file", FileSink(str(pipe)))
    finally:
        connection.close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector
        collector.shutdown()


@pytest.mark.parametrize(("count", "each"), [(3, 10), (100, 9000), (2, 300_000)])
def test_no_body_is_longer_than_collectors_take(collector: Collector, count: int, each: int) -> None:
    ids = write_long_entries(count, each=each)
    send_batch("http", HTTPSink(collector.url, ""))

    assert [int(one["id"]) for one in collector.taken] == ids
    assert max(collector.lengths) <= max(sinks.LONGEST_BODY, each + 2000)


@pytest.mark.parametrize("refused", [0, 1, 3])
def test_a_batch_of_which_one_body_was_refused_comes_again(collector: Collector, refused: int) -> None:
    ids = write_long_entries(100, each=9000)
    collector.behaves = ["200"] * refused + ["503"]
    with pytest.raises(NotDelivered, match="HTTP 503"):
        send_batch("http", HTTPSink(collector.url, ""))
    assert StreamPosition.objects.get().entry_id == 0
    send_batch("http", HTTPSink(collector.url, ""))

    assert sorted({int(one["id"]) for one in collector.taken}) == ids


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("9" * 5000, 60),
        *((said, 0) for said in ("", "-1", "1.5", "soon", "\u0661", "Mon, 99 Foo 2026 00:00:00 GMT")),
    ],
)
def test_retry_after_is_seconds(said: str, seconds: float) -> None:
    assert sinks._seconds(said) == seconds


@pytest.mark.parametrize(("away", "least", "most"), [(30, 20, 30), (86_400, 60, 60), (-86_400, 0, 0)])
def test_retry_after_is_a_time(away: float, least: float, most: float) -> None:
    assert least <= sinks._seconds(formatdate(time.time() + away, usegmt=True)) <= most


METADATA = ["169.254.169.254", "[::ffff:169.254.169.254]", "2852039166", "0xa9fea9fe", "192.0.0.192"]


@pytest.mark.parametrize("host", [*METADATA, "127.1", "[::1]", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]", "a..b"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_collector_is_no_way_to_addresses_of_our_own(scheme: str, host: str, settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    write_entries(1)
    with pytest.raises(NotDelivered, match=r"private network|by https|no such host|connection failed"):
        send_batch("http", HTTPSink(f"{scheme}://{host}/latest/meta-data", "s3cret"))


@pytest.mark.parametrize(
    "text", ["logs.example.com", "ftp://a", "https://", "https://u:p@a", "https://[a", "https://a:x", "https://a:99999"]
)
def test_another_address_of_a_collector_stops_the_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_STREAM_HTTP", text)
    with pytest.raises(ImproperlyConfigured, match="AUDIT_STREAM_HTTP takes an address such as https://"):
        env.address("AUDIT_STREAM_HTTP")
