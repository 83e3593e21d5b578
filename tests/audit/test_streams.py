"""The audit log is sent on in order and at least once, whatever the other side does."""

import json
import multiprocessing
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

import audit.services as audit
from audit.models import StreamPosition
from audit.sealing import seal_settled
from audit.serialized import EventOut
from audit.streams import sending
from audit.streams.sending import send_batch
from audit.streams.sinks import FileSink, HTTPSink, NotDelivered, Sink
from common.actors import SYSTEM
from runai_identity import streaming
from runai_identity.leases import hold
from runai_identity.streaming import Stream
from tests.audit.collectors import Collector
from tests.audit.tampering import write_entries

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as collector:
        yield collector
        collector.shutdown()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "BATCH", 5)
    monkeypatch.setattr("audit.streams.sinks.HTTP_SECONDS", 0.5)


def send_all(name: str, sink: Sink) -> None:
    for _ in range(100):
        if not send_batch(name, sink):
            return


def ids_of(records: list[dict[str, Any]]) -> list[int]:
    return [int(record["id"]) for record in records if record["type"] == "entry"]


def lines_of(*files: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in files for line in file.read_text().splitlines()]


def test_a_file_has_each_entry_as_the_api_shows_it_and_the_seals(tmp_path: Path) -> None:
    ids = write_entries(12)
    event = audit.record("user:update", actor=SYSTEM, text="\n\u2028\u00e9")
    seal_settled()
    send_all("file", FileSink(str(tmp_path / "log")))

    lines = lines_of(tmp_path / "log")
    assert ids_of(lines) == [*ids, event.pk]
    assert lines[12] == {"type": "entry", **json.loads(json.dumps(EventOut(event).data))}
    assert (lines[13]["type"], lines[13]["number"], len(lines[13]["hash"])) == ("seal", 1, 64)
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_a_file_may_be_rotated_at_any_time(tmp_path: Path) -> None:
    file, sink = tmp_path / "log", FileSink(str(tmp_path / "log"))
    ids = write_entries(4)
    send_all("file", sink)
    file.rename(tmp_path / "log.1")
    ids += write_entries(4)
    send_all("file", sink)

    assert ids_of(lines_of(tmp_path / "log.1", file)) == ids


def test_a_line_that_was_cut_off_spoils_no_other(tmp_path: Path) -> None:
    file, sink = tmp_path / "log", FileSink(str(tmp_path / "log"))
    file.write_bytes(b'{"type":"entry","id":"1')
    ids = write_entries(2)
    send_all("file", sink)

    assert [int(json.loads(line)["id"]) for line in file.read_text().splitlines()[1:]] == ids


@pytest.mark.parametrize("path", ["missing/log", ".", "full"])
def test_a_file_that_can_not_be_written_is_tried_again(tmp_path: Path, path: str) -> None:
    (tmp_path / "full").symlink_to("/dev/full")
    write_entries(1)
    with pytest.raises(NotDelivered):
        send_batch("file", FileSink(str(tmp_path / path)))

    assert StreamPosition.objects.get().failure.startswith(str(tmp_path))
    assert StreamPosition.objects.get().entry_id == 0


def test_a_failure_is_noted_with_its_time_however_long_it_is(tmp_path: Path) -> None:
    write_entries(1)
    with time_machine.travel("2026-11-29T19:07:36Z", tick=False), pytest.raises(NotDelivered):
        send_batch("file", FileSink(str(tmp_path / ("a" * 100) / ("b" * 100))))

    failure = StreamPosition.objects.get().failure
    assert failure.endswith(" (2026-11-29 19:07:36 UTC)") and len(failure) == 200


@pytest.mark.parametrize("fault", ["500", "404", "302", "429", "hang", "die", "taken, and die"])
def test_what_a_collector_did_not_confirm_comes_again(collector: Collector, fault: str) -> None:
    collector.behaves = ["200", fault, fault]
    ids, sink = write_entries(12), HTTPSink(collector.url, "s3cret")
    pauses = []
    for _ in range(8):
        try:
            send_batch("http", sink)
        except NotDelivered as failure:
            pauses.append(failure.pause)

    received = ids_of(collector.taken)
    assert pauses == [7 if fault == "429" else 0] * 2
    assert list(dict.fromkeys(received)) == ids
    assert len(received) == len(ids) + (10 if fault.startswith("taken") else 0)
    assert set(collector.seen) == {("Bearer s3cret", "application/x-ndjson")}
    assert StreamPosition.objects.get().failure == ""


def test_a_collector_that_is_not_there_holds_up_nobody_else(tmp_path: Path, collector: Collector) -> None:
    gone = Stream("http", HTTPSink("http://127.0.0.1:1/", ""))
    other = Stream("file", FileSink(str(tmp_path / "log")))
    ids = write_entries(3)

    pauses = [gone.step() for _ in range(8)]

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert other.step() == 0
    assert ids_of(lines_of(tmp_path / "log")) == ids
    gone.sink = HTTPSink(collector.url, "")
    assert gone.step() == 0 and gone.failures == 0
    assert ids_of(collector.taken) == ids


def test_one_process_sends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_entries(1)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("runai_identity.leases._holder", lambda pid: "another")
        assert hold("audit stream: file", seconds=60)

    assert Stream("file", FileSink(str(tmp_path / "log"))).step() == 5
    assert not (tmp_path / "log").exists()


def test_refusals_that_were_counted_later_come_again_with_their_number(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = HTTPSink(collector.url, "")
    for _ in range(6):
        counted = audit.record("session:sign-in", actor=None, result=audit.FAILED, reason="wrong")
    send_all("http", sink)
    for _ in range(3):
        audit.record("session:sign-in", actor=None, result=audit.FAILED, reason="wrong")
    seal_settled()
    monkeypatch.setattr("audit.sealing.CLOSED_AFTER", -timedelta(hours=1))
    seal_settled()
    send_all("http", sink)

    said = [record["repeated"] for record in collector.taken if record.get("id") == str(counted.pk)]
    assert said == [1, 4]


def wait_for_more(collector: Collector, sender: BaseProcess) -> None:
    """Return when the collector has taken something more, or the sender has nothing left."""
    before, deadline = len(collector.taken), time.monotonic() + 30
    while len(collector.taken) == before and sender.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_sender_that_is_killed_loses_nothing(collector: Collector) -> None:
    ids = write_entries(60)
    connection.close()
    for _ in range(4):
        sender = multiprocessing.get_context("fork").Process(
            target=send_all, args=("http", HTTPSink(collector.url, ""))
        )
        sender.start()
        wait_for_more(collector, sender)
        sender.kill()
        sender.join()
    before = len(collector.taken)
    send_all("http", HTTPSink(collector.url, ""))

    assert before > 0
    assert list(dict.fromkeys(ids_of(collector.taken))) == ids


def test_the_server_sends_by_itself(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "_started", set())
    settings.HOUSEKEEPING, settings.AUDIT_STREAM_FILE = True, str(tmp_path / "log")
    ids = write_entries(7)
    Client().get("/healthz")
    end = time.monotonic() + 20
    while time.monotonic() < end and not (
        (tmp_path / "log").exists() and set(ids) <= {*ids_of(lines_of(tmp_path / "log"))}
    ):
        time.sleep(0.05)
    settings.HOUSEKEEPING = False
    for thread in threading.enumerate():
        if thread.name.startswith("audit stream"):
            thread.join(20)

    assert ids_of(lines_of(tmp_path / "log"))[:7] == ids


def test_the_command_says_how_far_each_is(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.AUDIT_STREAM_FILE, settings.AUDIT_STREAM_HTTP = str(tmp_path / "log"), "http://127.0.0.1:1/"
    write_entries(3)
    with pytest.raises(CommandError, match=r"Not everything was sent: http\."):
        call_command("streamaudit")
    call_command("streamaudit", status=True)

    said = capsys.readouterr().out
    assert said.count("file: everything was sent\n") == 2
    assert (
        said.count("http: 3 entries to send, the oldest 0 s old; the last try failed: 127.0.0.1 can't be reached") == 2
    )


def test_without_a_stream_the_command_says_what_to_set() -> None:
    with pytest.raises(CommandError, match="Set one of AUDIT_STREAM_FILE"):
        call_command("streamaudit")
