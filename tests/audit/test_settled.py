"""Sealing beside others who write: no entry that comes to light late is left out, or taken for one put in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event as Signal

import pytest
from django.db import connection, transaction

from audit import sealing
from audit.models import Event, Seal
from audit.settled import settled_through
from tests.audit.tampering import verified, write_entries

pytestmark = pytest.mark.django_db(transaction=True)

on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")


@contextmanager
def somebody_writing() -> Iterator[None]:
    """In a transaction that has its entry's id, and commits at the end."""
    written, end = Signal(), Signal()

    def write() -> None:
        try:
            with transaction.atomic():
                write_entries(1)
                written.set()
                assert end.wait(30)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(write)
        try:
            assert written.wait(30)
            yield
        finally:
            end.set()
            done.result()


@on_postgresql
def test_an_id_that_may_still_come_is_waited_for() -> None:
    write_entries(1)
    with somebody_writing():
        late = write_entries(1)[0]
        assert settled_through(wait=0.05) is None
        sealing.seal_settled()
        assert Seal.objects.count() == 0
    sealing.seal_settled()

    assert Seal.objects.get().count == 3
    assert Seal.objects.get().last_id == late
    assert verified()[0] == []


@on_postgresql
def test_who_reads_is_not_waited_for() -> None:
    ids = write_entries(2)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        Event.objects.count()
        assert pool.submit(_settled_elsewhere).result() == ids[-1]


def _settled_elsewhere() -> int | None:
    try:
        return settled_through(wait=0.05)
    finally:
        connection.close()


def test_two_who_seal_at_once_make_one_chain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    write_entries(3)
    sealing.seal_settled()
    write_entries(30)

    def seal() -> None:
        try:
            sealing.seal_settled()
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        for one in [pool.submit(seal) for _ in range(3)]:
            one.result()

    assert Seal.objects.count() == 11
    assert verified()[0] == []
