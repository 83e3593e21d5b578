"""What somebody writes past the service that it can't even read is named, and holds up neither seals nor streams."""

import re
import sys
from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from audit import chain, sealing
from audit.models import Seal, SealKind
from audit.streams.records import Record
from audit.streams.sending import lag_of, send_batch
from tests.audit.tampering import change, insert_like, make_log, verified, write_entries

pytestmark = pytest.mark.django_db

EITHER = {
    # Later versions of Python read it.
    **({"deep JSON": ("metadata", "'" + "[" * 900 + "]" * 900 + "'")} if sys.version_info < (3, 12) else {}),
    "a long number": ("metadata", "'" + "9" * 5000 + "'"),
}
INFINITE = ("infinity", "-infinity")
POSTGRESQL = {
    **{
        f"{column} {at}": (column, f"'{at}'") for column in ("at", "repeated_until") for at in ("infinity", "-infinity")
    },
    "a time before our era": ("at", "'0044-03-15 BC'"),
    "a far year": ("at", "'20000-01-01'"),
    "deeper JSON": ("metadata", "'" + "[" * 5000 + "]" * 5000 + "'"),
    "a network": ("source_ip", "'10.0.0.0/8'"),
}
SQLITE = {
    "no time": ("at", "'never'"),
    "bytes": ("action", "x'ff00'"),
    "broken UTF-8": ("action", "CAST(x'ff00' AS TEXT)"),
    "no address": ("source_ip", "'nonsense'"),
}


def vendors() -> dict[str, tuple[str, str]]:
    return {**EITHER, **(POSTGRESQL if connection.vendor == "postgresql" else SQLITE)}


class Taking:
    def __init__(self) -> None:
        self.ids: list[int] = []

    def deliver(self, records: Sequence[Record]) -> None:
        for record in records:
            assert record.line
            self.ids += [int(record.said["id"])] if "id" in record.said else []


def spoil(name: str, id_: int) -> None:
    column, value = vendors()[name]
    change(f"UPDATE audit_event SET {column} = {value} WHERE id = %s", id_)  # noqa: S608


def stream() -> list[int]:
    sink = Taking()
    while send_batch("file", sink):
        pass
    return sink.ids


@pytest.mark.parametrize("name", [*EITHER, *POSTGRESQL, *SQLITE])
def test_an_entry_that_can_not_be_read_is_named_and_stops_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    if name not in vendors():
        pytest.skip("the other database takes it")
    settings.METRICS_TOKEN, settings.AUDIT_STREAM_FILE = "scraper", "log"
    sealed = make_log(monkeypatch)
    fresh = write_entries(7)
    for id_ in (sealed[7], fresh[3]):
        spoil(name, id_)

    lag_of("file")
    assert Client().get("/metrics", headers={"Authorization": "Bearer scraper"}).status_code == 200
    assert sealing.seal_settled()
    assert stream() == [*sealed, *fresh]
    assert sealing.sealed_through() == fresh[-1]
    named = [f"Changed: entry {id_}" for id_ in (sealed[7], fresh[3])]
    assert [re.split(r"[.]$| [(]", fault)[0] for fault in verified()[0]] == named


def test_a_count_that_can_not_be_read_stops_no_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    value = "'infinity'" if connection.vendor == "postgresql" else "x'ff'"
    ids = make_log(monkeypatch)
    change(f"UPDATE audit_event SET repeated = 3, repeated_until = {value} WHERE id = %s", ids[4])  # noqa: S608
    monkeypatch.setattr(sealing, "CLOSED_AFTER", -timedelta(hours=1))

    assert sealing.seal_settled()
    assert Seal.objects.filter(kind=SealKind.COUNTS).exists()
    assert verified()[0] == [f"Changed: entry {ids[4]}."]
    assert ids[4] in stream()


SEALS = {
    "another format": "format = 7",
    "content cut off": "content = %s",
    "no content": "content = %s, count = 7",
    "never": "sealed_at = {never}",
}


@pytest.mark.parametrize("hashed", [True, False])
@pytest.mark.parametrize("name", SEALS)
def test_a_seal_that_can_not_be_read_is_named(name: str, hashed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = make_log(monkeypatch)
    never = "'infinity'" if connection.vendor == "postgresql" else "'never'"
    given = [b"x" * (41 if "cut" in name else 0)] if "%s" in SEALS[name] else []
    change(f"UPDATE audit_seal SET {SEALS[name].format(never=never)} WHERE number = 2", *given)  # noqa: S608
    if hashed and name != "never":
        seal = Seal.objects.get(number=2)
        change("UPDATE audit_seal SET hash = %s WHERE number = 2", chain.hash_of(seal))

    assert any(fault.startswith("Changed: seal 2.") for fault in verified()[0])
    assert stream() == ids
    write_entries(2)
    assert sealing.seal_settled()
    sealing.sign_again()


def test_an_entry_far_ahead_is_named_and_no_later_one_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite goes on from there")
    ids = make_log(monkeypatch)
    insert_like(2**60, of=ids[2])
    sealing.seal_settled()
    assert stream() == ids
    later = write_entries(3)
    sealing.seal_settled()

    assert stream() == later
    assert sealing.sealed_through() == later[-1]
    assert [fault.partition(" (")[0] for fault in verified()[0]] == [f"Inserted: entry {2**60}"]


def test_a_log_without_seals_is_not_verified(monkeypatch: pytest.MonkeyPatch) -> None:
    make_log(monkeypatch)
    change("DELETE FROM audit_seal")

    with pytest.raises(CommandError, match="Nothing was verified: there are entries and no seal"):
        call_command("verifyaudit")


@pytest.mark.parametrize("text", ["", " ", "abc", "0" * 63, "g" * 64])
def test_what_is_no_hash_is_not_expected(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_log(monkeypatch)

    with pytest.raises(CommandError, match="64 hexadecimal digits"):
        call_command("verifyaudit", f"--expect={text}")
