"""The browser's session as requests see it: who it is, whether it is over, and that it was active."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.inactivity import idle_at, needs_note, precision, warn_before
from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import SessionKind
from accounts.ports.providers import why_cut_off
from accounts.services.sessions import farewell, revoke_session
from common.actors import SYSTEM
from common.bookkeeping import best_effort

# In Django's session: the id of our row.
SESSION_ID = "session_id"
# What somebody reads whose session is gone without a trace.
SIGNED_OUT = "You were signed out."


@dataclass(frozen=True)
class BrowserSession:
    """A live session and the timeout in force; `by_a_person`: this request may count as activity."""

    session: Session
    idle_timeout: timedelta
    general: GeneralSettings
    by_a_person: bool = False

    @property
    def ends_at(self) -> datetime:
        return ends_at(self.session, self.idle_timeout)

    @property
    def can_stay(self) -> bool:
        """Return True if activity would move the end."""
        return self.ends_at < self.session.expires_at

    @property
    def is_noted_ahead(self) -> bool:
        """Return True if the last activity was noted before the server's clock was set back."""
        return self.session.last_active_at > timezone.now()


class Clock(TypedDict):
    """The time that a page is told of its session. `secondsLeft` is 0 when it is over, and `session` a name for it."""

    secondsLeft: float
    warnBefore: float
    canStay: bool
    session: str


def clock_of(browser: BrowserSession | None) -> Clock:
    """Tell how long a session lasts if nothing happens. It is rounded up, so that no page acts before the end."""
    if browser is None:
        return Clock(secondsLeft=0, warnBefore=0, canStay=False, session="")
    left = (browser.ends_at - timezone.now()).total_seconds()
    return Clock(
        secondsLeft=max(0, ceil(left * 1000) / 1000),
        warnBefore=warn_before(browser.idle_timeout).total_seconds(),
        canStay=browser.can_stay,
        session=salted_hmac("accounts.session", str(browser.session.pk)).hexdigest()[:16],
    )


def draft_key(user: User) -> str:
    """Return the AES-256 key, as base64, by which a page encrypts what its user has typed. No other user is told it."""
    return base64.b64encode(salted_hmac("accounts.drafts", str(user.pk), algorithm="sha256").digest()).decode()


def look_up(session_id: Any) -> tuple[BrowserSession | None, str]:
    """Return the live session, or None and why it is over, in a sentence for the person."""
    session = Session.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        return None, SIGNED_OUT
    if session.revoked_at is not None:
        return None, farewell(session.revoked_because)
    if not session.user.enabled:
        return None, "This account can't be used now. Ask an administrator."
    if session.lacks_second_factor:
        return None, "Your account has a second factor now. Sign in again with it."
    if why_cut_off(session):
        return None, "The directory that signed you in can't open this account now. Ask an administrator."

    general = GeneralSettings.current()
    if ends_at(session, general.idle_timeout) > timezone.now() or not (why := expire(session)):
        return BrowserSession(session, general.idle_timeout, general), ""
    return None, why


def ends_at(session: Session, idle_timeout: timedelta) -> datetime:
    """Return when the session ends if nothing happens; only browsers' end by inactivity."""
    return min(_idle_at(session, idle_timeout), session.expires_at)


def is_idle(session: Session, idle_timeout: timedelta, now: datetime) -> bool:
    """Return True if a browser session ended by inactivity, also when nobody came back to notice."""
    return session.kind == SessionKind.BROWSER and _idle_at(session, idle_timeout) <= now


def note_activity(browser: BrowserSession) -> None:
    """Write down that the person is active now, if the last note is not precise enough any more."""
    session, now = browser.session, timezone.now()
    noted, within = session.last_active_at, session.noted_within
    if not needs_note(last_active_at=noted, noted_within=within, now=now, idle_timeout=browser.idle_timeout):
        return
    session.last_active_at, session.noted_within = now, precision(browser.idle_timeout)
    # Of requests at the same time one writes.
    with best_effort("the activity of a session"):
        Session.objects.filter(pk=session.pk, revoked_at=None, last_active_at=noted).update(
            last_active_at=now, noted_within=session.noted_within
        )


def follow_key(session: Session, browser_key: str) -> None:
    """Django's session has a new id."""
    Session.objects.filter(pk=session.pk).update(browser_key=browser_key)


@transaction.atomic
def expire(session: Session) -> str:
    """End a session that is over by the clock, and return what its owner reads.

    Return "" if another request has noted activity in time, after the session was read.
    """
    if not Session.objects.select_for_update().filter(pk=session.pk).exists():
        return SIGNED_OUT
    session.refresh_from_db()
    if session.revoked_at is not None:
        return farewell(session.revoked_because)
    idle_timeout = GeneralSettings.current().idle_timeout
    if ends_at(session, idle_timeout) > timezone.now():
        return ""
    because = "inactivity" if ends_at(session, idle_timeout) < session.expires_at else "longest session"
    revoke_session(actor=SYSTEM, session=session, because=because)
    return farewell(because)


def _idle_at(session: Session, idle_timeout: timedelta) -> datetime:
    if session.kind != SessionKind.BROWSER:
        return session.expires_at
    return idle_at(last_active_at=session.last_active_at, noted_within=session.noted_within, idle_timeout=idle_timeout)
