"""An audit log with seals, and what somebody does to it who may write to the database and has no key."""

import re
from collections.abc import Iterable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Max

import audit.services as audit
from audit import chain, sealing
from audit.models import Event, Seal
from common.actors import SYSTEM

FOREIGN_KEY = b"k" * 32


def write_entries(count: int, *, actor: Any = SYSTEM) -> list[int]:
    return [int(audit.record("user:update", actor=actor, subject=f"u{at}", at=at).pk) for at in range(count)]


def make_log(monkeypatch: pytest.MonkeyPatch, *, entries: int = 20, batch: int = 5) -> list[int]:
    """Return the ids of entries in several seals."""
    monkeypatch.setattr(sealing, "BATCH", batch)
    ids = write_entries(entries)
    assert sealing.seal_settled()
    return ids


def change(sql: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount


def verified(**options: Any) -> tuple[list[str], str]:
    """Return the faults that the command names, and all that it says, at the end as an error."""
    out, failure = StringIO(), ""
    try:
        call_command("verifyaudit", stdout=out, **options)
    except CommandError as error:
        failure = str(error)
    said = out.getvalue() + failure
    faults = [
        line for line in said.splitlines() if re.match("(Changed|Removed|Inserted|Replaced|Forged|No seal)", line)
    ]
    assert bool(faults) == bool(failure)
    return faults, said


def insert_like(id_: int, of: int) -> None:
    """Copy an entry under another id."""
    columns = [str(field.column) for field in Event._meta.concrete_fields if not field.primary_key]
    names = ", ".join(connection.ops.quote_name(column) for column in columns)
    change(f"INSERT INTO audit_event (id, {names}) SELECT %s, {names} FROM audit_event WHERE id = %s", id_, of)  # noqa: S608


def reseal_from(number: int, seals: Iterable[Seal]) -> None:
    """What a careful forger does: digests, hashes and MACs anew from this seal on, by a key of their own."""
    before = Seal.objects.filter(number=number - 1).first()
    previous = before.hash if before else chain.NONE_BEFORE
    for seal in seals:
        fields = chain.FORMATS[seal.format]
        rows = Event.objects.filter(pk__gte=seal.first_id, pk__lte=seal.last_id).order_by("pk").values_list(*fields)
        entries = [(row[0], chain.digest(fields, row)) for row in rows]
        seal.content, seal.count, seal.previous = chain.pack(entries), len(entries), previous
        seal.hash = previous = chain.hash_of(seal)
        seal.mac = chain.mac_of(seal.hash, FOREIGN_KEY)
        seal.save()


def leave_a_gap(width: int = 3) -> None:
    """As a transaction does that takes ids and is rolled back."""
    highest = Event.objects.aggregate(id=Max("pk"))["id"]
    Event.objects.create(pk=highest + width, action="user:update", subject_type="System")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT setval(pg_get_serial_sequence('audit_event', 'id'), %s)", [highest + width])
