"""Prune what the OAuth endpoints keep for a while. Access tokens are not stored at all.

Something here is kept a little past its end, so that who comes late is told the right thing, and a code that is
replayed still ends what it gave.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from access.services.locking import lock_tree
from accounts.models import Session
from accounts.models.sessions import SessionKind
from accounts.services.pruning import KEPT_AFTER_THE_END
from accounts.services.sessions import revoke_session
from common.actors import SYSTEM
from common.pruning import Chore
from tokens.models import (
    AuthorizationCode,
    DeviceCode,
    Grant,
    KeptRequest,
    LogoutNotice,
    RegistrationToken,
    SeenAssertion,
    SigningKey,
)
from tokens.models.keys import State

REPLAYS_NOTICED_FOR = timedelta(hours=1)
TOLD_OF_EXPIRY_FOR = timedelta(minutes=10)
CLOCKS_DIFFER_BY = timedelta(minutes=1)
KEYS_REMEMBERED_FOR = timedelta(days=365)


def codes_over() -> QuerySet[AuthorizationCode]:
    return AuthorizationCode.objects.filter(expires_at__lt=timezone.now() - REPLAYS_NOTICED_FOR)


def devices_over() -> QuerySet[DeviceCode]:
    return DeviceCode.objects.filter(expires_at__lt=timezone.now() - TOLD_OF_EXPIRY_FOR)


def kept_requests_over() -> QuerySet[KeptRequest]:
    return KeptRequest.objects.filter(expires_at__lt=timezone.now())


def assertions_over() -> QuerySet[SeenAssertion]:
    """Refused for their age by now, also by a replica whose clock is slow."""
    return SeenAssertion.objects.filter(expires_at__lt=timezone.now() - CLOCKS_DIFFER_BY)


def registration_tokens_over() -> QuerySet[RegistrationToken]:
    return RegistrationToken.objects.filter(expires_at__lt=timezone.now())


def grants_over() -> QuerySet[Grant]:
    """Not refreshed in time, a day ago: no access token outlives that (a day is the longest one may live).

    While its session lives the latest grant of each client stays: by it the client hears of the session's end.
    """
    now = timezone.now()
    session_over = Session.objects.exclude(revoked_at=None, expires_at__gt=now).filter(pk=OuterRef("session"))
    same_client = Grant.objects.filter(session=OuterRef("session"), application=OuterRef("application"))
    same_time = Q(idle_ends_at=OuterRef("idle_ends_at"), pk__gt=OuterRef("pk"))
    later_one = same_client.filter(Q(idle_ends_at__gt=OuterRef("idle_ends_at")) | same_time)
    no_use = ~Q(revoked_at=None) | Q(Exists(session_over)) | Q(Exists(later_one))
    return Grant.objects.filter(no_use, idle_ends_at__lt=now - KEPT_AFTER_THE_END)


def devices_left() -> QuerySet[Session]:
    """Devices that did not refresh in time, a day ago: nobody can go on there without signing in again."""
    since = timezone.now() - KEPT_AFTER_THE_END
    going_on = Grant.objects.filter(session=OuterRef("pk"), revoked_at=None, idle_ends_at__gte=since)
    return Session.objects.filter(~Exists(going_on), kind=SessionKind.DEVICE, revoked_at=None, created_at__lt=since)


def notices_over() -> QuerySet[LogoutNotice]:
    return LogoutNotice.objects.filter(created_at__lt=timezone.now() - KEPT_AFTER_THE_END)


def keys_over() -> QuerySet[SigningKey]:
    """Return the signing keys that retired a year ago. Until then an operator may look up which key signed a token."""
    return SigningKey.objects.filter(state=State.RETIRED, retired_at__lt=timezone.now() - KEYS_REMEMBERED_FOR)


def _end(sessions: Sequence[Session]) -> None:
    for session in sessions:
        revoke_session(actor=SYSTEM, session=session, because="inactivity")


ENDING = (Chore("device sessions that end now", devices_left, _end, batch=20),)
DELETING = (
    Chore("authorization codes", codes_over),
    Chore("device codes", devices_over),
    Chore("kept authorization requests", kept_requests_over),
    Chore("client assertions", assertions_over),
    Chore("registration tokens", registration_tokens_over),
    Chore("logout notices", notices_over),
    Chore("grants", grants_over, queue=lock_tree),
    Chore("signing keys", keys_over),
)
