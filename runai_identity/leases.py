"""Work that one process of all replicas does at a time.

A process that ends gives its leases up, so that the next one need not wait. One that is killed holds a lease no longer
than it was taken for.
"""

import os
import platform
import secrets
from datetime import timedelta
from functools import cache
from threading import Event, Thread

from django.db import Error, IntegrityError, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from runai_identity.models import Lease

LAST_SECONDS = 2  # for a process that ends, of which the database may be away

_held: set[str] = set()
_is_ending = Event()


def hold(name: str, *, seconds: int) -> bool:
    """Take the lease, or extend it; False while another process holds it. The clock is the database's.

    A lease that ends later than one that is taken now was taken before that clock was set back, and is free.
    """
    if _is_ending.is_set() or not _take(name, seconds):
        return False
    _held.add(name)
    return True


def give_up_all() -> None:
    """Give up the leases of this process, which ends, and take no more; bounded in time."""
    _is_ending.set()
    if _held:
        giving = Thread(target=_give_up, args=tuple(_held), name="giving up leases", daemon=True)
        giving.start()
        giving.join(LAST_SECONDS)


def give_up(name: str) -> None:
    """Give up a lease of this process, which goes on."""
    Lease.objects.filter(name=name, holder=_holder(os.getpid())).delete()
    _held.discard(name)


def _give_up(*names: str) -> None:
    try:
        Lease.objects.filter(name__in=names, holder=_holder(os.getpid())).delete()
        connection.close()
    except Error:
        """The database is away: the leases end by themselves."""


def _take(name: str, seconds: int) -> bool:
    me, ends_at = _holder(os.getpid()), Now() + timedelta(seconds=seconds)
    free = Lease.objects.filter(Q(holder=me) | Q(ends_at__lt=Now()) | Q(ends_at__gt=ends_at), name=name)
    if free.update(holder=me, ends_at=ends_at):
        return True
    if Lease.objects.filter(name=name).exists():
        return False
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=me, ends_at=ends_at)
    except IntegrityError:  # somebody was quicker
        return False
    return True


@cache
def _holder(pid: int) -> str:
    """Return a name of this process for those who look at the table; a worker that was forked has one of its own."""
    return f"{platform.node()[:60]} process {pid} {secrets.token_hex(4)}"
