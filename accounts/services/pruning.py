"""Sessions that ended unnoticed are ended for everybody to see; what is over for good goes.

Rows of sessions stay for a day, in which their owners read why they were signed out. The latest one of each person and
address stays longer: by it the throttle knows a familiar place. So people and the addresses they use bound the table,
not how often they sign in.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session as DjangoSession
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.models import GeneralSettings, Mail, PasswordLink, Session, SignInTries
from accounts.models.sessions import idle
from accounts.ports.authority import authority
from accounts.services.browser import expire
from accounts.services.mail import KEPT_FOR as MAILS_KEPT_FOR
from accounts.services.sessions import SAID_FOR
from accounts.services.throttle import FAMILIAR_FOR
from common.pruning import Chore

KEPT_AFTER_THE_END = SAID_FOR
LINKS_KEPT_AFTER_THE_END = timedelta(days=7)  # by which an administrator sees who did not accept


def ended_unnoticed() -> QuerySet[Session]:
    """Idle or past the absolute end, and nobody came back to notice."""
    over = idle(GeneralSettings.current().idle_timeout) | Q(expires_at__lte=timezone.now())
    return Session.objects.filter(over, revoked_at=None)


def sessions_over() -> QuerySet[Session]:
    now = timezone.now()
    same_place = Session.objects.filter(user=OuterRef("user"), source_ip=OuterRef("source_ip"))
    later = Q(created_at__gt=OuterRef("created_at")) | Q(created_at=OuterRef("created_at"), pk__gt=OuterRef("pk"))
    no_place_to_remember = (
        Q(source_ip=None) | Q(created_at__lt=now - FAMILIAR_FOR) | Q(Exists(same_place.filter(later)))
    )
    return Session.objects.filter(no_place_to_remember, revoked_at__lt=now - KEPT_AFTER_THE_END)


def browsers_forgotten() -> QuerySet[DjangoSession]:
    """Django's rows: farewells that nobody read in time, and what no session of ours stands behind.

    The cookie's age is a year, so a row says by its expiry when it was written; a farewell's is a day. A row of the
    last day may be a sign-in under way.
    """
    now = timezone.now()
    written_before_yesterday = now + timedelta(seconds=settings.SESSION_COOKIE_AGE) - KEPT_AFTER_THE_END
    live = Session.objects.filter(revoked_at=None).exclude(browser_key="").values("browser_key")
    forgotten = Q(expire_date__gt=now + SAID_FOR, expire_date__lt=written_before_yesterday) & ~Q(session_key__in=live)
    return DjangoSession.objects.filter(forgotten | Q(expire_date__lt=now))


def tries_forgotten() -> QuerySet[SignInTries]:
    return SignInTries.objects.filter(window_ends_at__lt=timezone.now())


def mails_over() -> QuerySet[Mail]:
    return Mail.objects.filter(created_at__lt=timezone.now() - MAILS_KEPT_FOR)


def links_over() -> QuerySet[PasswordLink]:
    return PasswordLink.objects.filter(expires_at__lt=timezone.now() - LINKS_KEPT_AFTER_THE_END)


def _end(sessions: Sequence[Session]) -> None:
    for session in sessions:
        expire(session)


ENDING = (Chore("sessions that end now", ended_unnoticed, _end, batch=20),)
DELETING = (
    Chore("sessions", sessions_over, queue=lambda: authority().queue_removals()),
    Chore("browser cookies", browsers_forgotten),
    Chore("sign-in tries", tries_forgotten),
    Chore("mails", mails_over),
    Chore("password links", links_over),
)
