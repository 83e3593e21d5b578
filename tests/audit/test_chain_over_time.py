"""What goes on in a log that is sealed: refusals are counted, and strangers' entries go."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

import audit.services as audit
from audit import sealing
from audit.models import Event, Seal, SealKind
from runai_identity.housekeeping import prune_all
from tests.audit.tampering import change, make_log, verified, write_entries

pytestmark = pytest.mark.django_db

COUNTED = ("repeated", "repeated_until")


@pytest.fixture
def ids(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    return make_log(monkeypatch)


def test_strangers_entries_that_were_pruned_are_no_fault(ids: list[int]) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=91)):
        pruned = write_entries(12, actor=None)
    kept = write_entries(2)
    prune_all()

    faults, said = verified()

    assert faults == []
    assert "Sealed entries: 22, and 12 by strangers that the service deleted for their age." in said
    assert set(Event.objects.values_list("pk", flat=True)) == {*ids, *kept} - set(pruned)


def test_who_removes_an_old_entry_of_a_stranger_is_found(ids: list[int]) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=91)):
        pruned = write_entries(3, actor=None)
    prune_all()
    change("DELETE FROM audit_seal WHERE kind = 'pruned'")

    assert verified()[0] == [f"Removed: entry {id_}." for id_ in pruned]


def refuse(count: int) -> Event:
    for _ in range(count):
        event = audit.record("session:sign-in", actor=None, subject="x", result=audit.FAILED, reason="wrong")
    return event


def test_counting_on_an_entry_is_no_fault_while_it_is_open() -> None:
    counted = refuse(6)
    sealing.seal_settled()
    refuse(10)

    counted.refresh_from_db()
    assert counted.repeated == 11
    assert verified()[0] == []


@pytest.mark.parametrize("field", COUNTED)
def test_a_changed_count_of_a_closed_entry_is_named(field: str) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=27)):
        counted = refuse(9)
        quiet = write_entries(1)[0]
        sealing.seal_settled()
    sealing.seal_settled()
    assert verified()[0] == []
    assert Seal.objects.filter(kind=SealKind.COUNTS, count=1).exists()

    for id_ in (counted.pk, quiet):
        new = 99 if field == "repeated" else timezone.now()
        change(f"UPDATE audit_event SET {field} = %s WHERE id = %s", new, id_)  # noqa: S608

    assert [fault.split(" (")[0] for fault in verified()[0]] == [
        f"Changed: how often entry {id_}" for id_ in (counted.pk, quiet)
    ]


def test_nothing_is_counted_on_an_entry_whose_count_is_sealed() -> None:
    counted = refuse(9)
    sealing.seal_settled()
    with time_machine.travel(timezone.now() + timedelta(hours=27)):  # a clock that goes back again
        sealing.seal_settled()
    refuse(9)

    assert Event.objects.get(pk=counted.pk).repeated == 4
    assert verified()[0] == []
