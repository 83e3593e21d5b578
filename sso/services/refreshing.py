"""Periodic requests to providers, in a thread, because their servers may be slow."""

import logging
from threading import Lock, Thread

from django.db import Error, connection
from django.utils import timezone

from common.outages import log_failure
from sso.models import IdentityProvider, ProviderSession
from sso.services.metadata import refresh_due
from sso.services.rechecking import recheck_due

logger = logging.getLogger(__name__)

_at_work = Lock()


def is_due() -> bool:
    now = timezone.now()
    metadata = IdentityProvider.objects.filter(metadata_due_at__lte=now)
    people = ProviderSession.objects.filter(
        check_at__lte=now, session__revoked_at=None, identity__provider__enabled=True
    )
    return metadata.exists() or people.exists()


def refresh_soon() -> None:
    Thread(target=_ask_and_leave, name="asking identity providers", daemon=True).start()


def refresh_now() -> int:
    """Fetch everything that is due; return the number of metadata fetched and users rechecked."""
    done = refresh_due()
    while asked := recheck_due():
        done += asked
    return done


def _ask_and_leave() -> None:
    if not _at_work.acquire(blocking=False):
        return
    try:
        refresh_now()
    except Error as error:
        log_failure(logger, "asking identity providers waits for the database", error)
    finally:
        _at_work.release()
        connection.close()
