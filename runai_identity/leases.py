"""Work that one process of all replicas does at a time. Who is killed holds a lease no longer than it was taken for."""

import os
import platform
import secrets
from datetime import timedelta
from functools import cache

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from runai_identity.models import Lease


def hold(name: str, *, seconds: int) -> bool:
    """Take the lease, or extend it; False while another process holds it. The clock is the database's.

    A lease that ends later than one that is taken now was taken before that clock was set back, and is free.
    """
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
    """A name of this process for those who look at the table; a worker that was forked has one of its own."""
    return f"{platform.node()[:60]} process {pid} {secrets.token_hex(4)}"
