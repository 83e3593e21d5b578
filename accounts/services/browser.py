"""The browser's session as requests see it: who it is, whether it is over, and that it was active."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from accounts.inactivity import ends_at, needs_note
from accounts.models import GeneralSettings, Session
from accounts.services.sessions import revoke_session
from common.actors import SYSTEM

# What Django's session holds for us: the id of our row, and for the sign-in page why the last one ended.
SESSION_ID = "session_id"
SIGNED_OUT_WHY = "signed_out_why"


@dataclass(frozen=True)
class BrowserSession:
    session: Session
    ends_at: datetime
    idle_minutes: int


def look_up(session_id: Any) -> tuple[BrowserSession | None, str]:
    """The live session, or None and why it is over, in a sentence for the person."""
    session = Session.objects.select_related("user").filter(pk=session_id).first()
    if session is None:
        return None, "You were signed out."
    if session.revoked_at is not None:
        return None, _because(session)
    if not session.user.enabled:
        return None, "This account can't be used now. Ask an administrator."

    general = GeneralSettings.current()
    over_at = ends_at(
        last_active_at=session.last_active_at, expires_at=session.expires_at, idle_timeout=general.idle_timeout
    )
    minutes = int(general.idle_timeout.total_seconds() // 60)
    if over_at > timezone.now():
        return BrowserSession(session, over_at, minutes), ""
    return None, _expire(session, minutes)


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


def _expire(session: Session, minutes: int) -> str:
    absolute = session.expires_at <= timezone.now()
    because = "longest session" if absolute else "inactivity"
    revoke_session(actor=SYSTEM, session=session, because=because)
    if absolute:
        return "Your session reached its longest allowed time. Sign in again."
    return _after_inactivity(minutes)


def _because(session: Session) -> str:
    if session.revoked_because == "inactivity":
        return _after_inactivity(int(GeneralSettings.current().idle_timeout.total_seconds() // 60))
    return {
        "password changed": "The password was changed, which signed you out here.",
        "password reset": "An administrator reset your password. Sign in with the new one.",
        "signed out": "You are signed out.",
    }.get(session.revoked_because, "An administrator ended your session.")


def _after_inactivity(minutes: int) -> str:
    length = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"You were signed out after {length} without activity."
