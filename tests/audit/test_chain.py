"""Whoever changes, removes or inserts entries past the service is found, and the entry is named."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection, models
from django.utils import timezone
from pytest_django import Settings

from audit import chain, sealing
from audit.models import Event, Seal
from tests.audit.tampering import (
    change,
    insert_like,
    leave_a_gap,
    make_log,
    reseal_from,
    verified,
    write_entries,
)

pytestmark = pytest.mark.django_db

FIELDS = [field for field in Event._meta.concrete_fields if not field.primary_key]
COUNTED = {"repeated", "repeated_until"}


def other(field: models.Field[Any, Any], event: Event) -> Any:
    """A value that the column takes and the entry doesn't have."""
    now = getattr(event, field.attname)
    if isinstance(field, models.DateTimeField):
        return (now or timezone.now()) + timedelta(microseconds=1)
    if isinstance(field, models.JSONField):
        return '{"at": 99}'
    if isinstance(field, models.GenericIPAddressField):
        return "203.0.113.9"
    if isinstance(field, models.IntegerField):
        return now + 1
    return "X" if now != "X" else "Y"


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    return make_log(monkeypatch)


def test_a_log_that_nobody_touched_is_whole(ids: list[int]) -> None:
    faults, said = verified()

    assert faults == []
    assert "Sealed entries: 20." in said
    assert "Not sealed" not in said
    assert Seal.objects.count() == 4


@pytest.mark.parametrize("field", [one for one in FIELDS if one.name not in COUNTED], ids=lambda field: field.name)
def test_a_changed_entry_is_named_whichever_column_it_is(ids: list[int], field: models.Field[Any, Any]) -> None:
    new = other(field, Event.objects.get(pk=ids[7]))
    change(f"UPDATE audit_event SET {field.column} = %s WHERE id = %s", new, ids[7])  # noqa: S608

    faults, _ = verified()

    assert len(faults) == 1
    assert faults[0].startswith(f"Changed: entry {ids[7]} (")


def test_every_column_is_in_the_newest_format_or_counted() -> None:
    assert set(chain.FORMATS[chain.FORMAT]) == {"id", *(one.name for one in FIELDS)} - COUNTED


@pytest.mark.parametrize("place", [0, 4, 5, 12, 19])
def test_a_removed_entry_is_named(ids: list[int], place: int) -> None:
    change("DELETE FROM audit_event WHERE id = %s", ids[place])

    assert verified()[0] == [f"Removed: entry {ids[place]}."]


def test_a_removed_range_is_named_entry_by_entry(ids: list[int]) -> None:
    change("DELETE FROM audit_event WHERE id BETWEEN %s AND %s", ids[3], ids[13])

    assert verified()[0] == [f"Removed: entry {id_}." for id_ in ids[3:14]]


@pytest.mark.parametrize("where", ["before all", "in a gap"])
def test_an_inserted_entry_is_named(ids: list[int], where: str) -> None:
    leave_a_gap()
    sealing.seal_settled()
    id_ = {"before all": -5, "in a gap": ids[-1] + 2}[where]
    insert_like(id_, of=ids[2])

    faults, _ = verified()

    assert len(faults) == 1
    assert faults[0].startswith(f"Inserted: entry {id_} (")


def test_an_entry_under_another_id_is_both_removed_and_inserted(ids: list[int]) -> None:
    leave_a_gap()
    sealing.seal_settled()
    change("UPDATE audit_event SET id = %s WHERE id = %s", ids[-1] + 1, ids[4])

    assert [fault.split()[0] for fault in verified()[0]] == ["Removed:", "Inserted:"]


def test_two_entries_that_changed_places_are_named(ids: list[int]) -> None:
    for old, new in ((ids[1], -1), (ids[2], ids[1]), (-1, ids[2])):
        change("UPDATE audit_event SET id = %s WHERE id = %s", new, old)

    assert [fault.split(" (")[0] for fault in verified()[0]] == [f"Changed: entry {id_}" for id_ in ids[1:3]]


def test_what_can_be_read_no_more_is_changed(ids: list[int]) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL keeps times only")
    change("UPDATE audit_event SET at = 'never', action = %s WHERE id = %s", "\x1b[2J", ids[3])

    assert verified()[0] == [f"Changed: entry {ids[3]}."]


@pytest.mark.parametrize("column", [field.column for field in Seal._meta.concrete_fields if field.name != "number"])
def test_a_changed_seal_is_named(ids: list[int], column: str) -> None:
    number = isinstance(Seal._meta.get_field(column), models.IntegerField)
    was = Seal.objects.values_list(column, flat=True).get(pk=2)
    odd = {"sealed_at": timezone.now() + timedelta(seconds=1), "content": b"x"}
    new = was + 1 if number else odd.get(column, "0")
    change(f"UPDATE audit_seal SET {column} = %s WHERE number = 2", new)  # noqa: S608

    assert any("seal 2" in fault for fault in verified()[0])


def test_a_removed_seal_is_named(ids: list[int]) -> None:
    change("DELETE FROM audit_seal WHERE number IN (2, 3)")

    assert verified()[0] == ["Removed: seal 2 to 3. What it covered can't be verified."]


def test_who_computes_all_hashes_again_has_no_key(ids: list[int]) -> None:
    change("UPDATE audit_event SET subject = 'somebody else' WHERE id = %s", ids[6])
    reseal_from(2, Seal.objects.filter(number__gte=2).order_by("number"))

    assert [fault.split(",")[0] for fault in verified()[0]] == ["Forged: seal 2", "Forged: seal 3", "Forged: seal 4"]


def test_a_log_that_was_cut_off_lacks_the_expected_seal(ids: list[int]) -> None:
    noted = Seal.objects.get(number=4).hash
    change("DELETE FROM audit_seal WHERE number > 2")
    change("DELETE FROM audit_event WHERE id > %s", ids[9])
    write_entries(3)
    sealing.seal_settled()

    assert verified()[0] == []
    assert "No seal has the expected hash" in verified(expect=noted)[0][0]


def test_an_expected_seal_is_found(ids: list[int]) -> None:
    assert verified(expect=Seal.objects.get(number=2).hash.upper())[0] == []


def test_what_is_not_sealed_yet_is_said(ids: list[int]) -> None:
    with time_machine.travel(timezone.now() - timedelta(seconds=90)):
        write_entries(2)

    assert "Entries not sealed yet, and so not verified: 2; the oldest is 9" in verified()[1]


def test_an_empty_log_has_no_seal(db: None) -> None:
    sealing.seal_settled()

    assert "There is no seal." in verified()[1]
    assert verified(expect="0" * 64)[0]


def test_the_chain_outlives_the_key(ids: list[int], settings: Settings) -> None:
    noted, old = Seal.objects.get(number=4).hash, settings.IDENTITY_ENCRYPTION_KEYS[0]
    settings.IDENTITY_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), old]
    write_entries(3)
    sealing.seal_settled()
    call_command("encryptkeys")
    settings.IDENTITY_ENCRYPTION_KEYS = settings.IDENTITY_ENCRYPTION_KEYS[:1]

    assert verified(expect=noted)[0] == []


def test_a_forged_seal_is_not_signed_by_a_new_key(ids: list[int], settings: Settings) -> None:
    reseal_from(4, Seal.objects.filter(number=4))
    settings.IDENTITY_ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.IDENTITY_ENCRYPTION_KEYS]
    call_command("encryptkeys")

    assert [fault.split(",")[0] for fault in verified()[0]] == ["Forged: seal 4"]
