"""The browser's session as requests see it: who it is, whether it is over, and that it was active."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.inactivity import ends_at, needs_note
from accounts.models import GeneralSettings, Session
from accounts.models.sessions import Kind
from accounts.providers import why_cut_off
from accounts.services.sessions import farewell, revoke_session
from common.actors import SYSTEM

# In Django's session: the id of our row.
SESSION_ID = "session_id"


@dataclass(frozen=True)
class BrowserSession:
    session: Session
    ends_at: datetime


def look_up(session_id: Any) -> tuple[BrowserSession | None, str]:
    """The live session, or None and why it is over, in a sentence for the person."""
    session = Session.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        return None, "You were signed out."
    if session.revoked_at is not None:
        return None, farewell(session.revoked_because)
    if not session.user.enabled:
        return None, "This account can't be used now. Ask an administrator."
    if why_cut_off(session):
        return None, "The directory that signed you in can't open this account now. Ask an administrator."

    general = GeneralSettings.current()
    over_at = ends_at(
        last_active_at=session.last_active_at, expires_at=session.expires_at, idle_timeout=general.idle_timeout
    )
    if over_at > timezone.now():
        return BrowserSession(session, over_at), ""
    return None, expire(session)


def is_idle(session: Session) -> bool:
    """Whether a browser session ended by inactivity, also when nobody came back to notice. Devices have none."""
    if session.kind != Kind.BROWSER:
        return False
    return session.last_active_at + GeneralSettings.current().idle_timeout <= timezone.now()


def note_activity(session: Session) -> None:
    now = timezone.now()
    if needs_note(last_active_at=session.last_active_at, now=now):
        Session.objects.filter(pk=session.pk, last_active_at__lt=now).update(last_active_at=now)


def stay(session: Session) -> None:
    """The person asked to stay signed in: noted at once."""
    now = timezone.now()
    Session.objects.filter(pk=session.pk, revoked_at=None, last_active_at__lt=now).update(last_active_at=now)


def follow_key(session: Session, browser_key: str) -> None:
    """Django's session has a new id."""
    Session.objects.filter(pk=session.pk).update(browser_key=browser_key)


def expire(session: Session) -> str:
    """End a session that is over by the clock; what its owner reads."""
    because = "longest session" if session.expires_at <= timezone.now() else "inactivity"
    revoke_session(actor=SYSTEM, session=session, because=because)
    return farewell(because)
