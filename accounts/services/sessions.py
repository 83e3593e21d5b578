from contextlib import suppress
from datetime import datetime, timedelta
from importlib import import_module
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Greatest
from django.utils import timezone

import audit.services as audit
from accounts.authority import authority
from accounts.inactivity import precision
from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import Kind, Method
from accounts.signals import session_revoked
from common import context
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Unauthenticated

_STORE = import_module(settings.SESSION_ENGINE).SessionStore

# In Django's session: why the last one ended, for the sign-in page to say, and how long it can still be said.
SIGNED_OUT_WHY = "signed_out_why"
SAID_FOR = timedelta(days=1)

FAREWELLS = {
    "signed out": "You are signed out.",
    "longest session": "Your session reached its longest allowed time. Sign in again.",
    "ended by its owner": "You ended this session from another browser.",
    "password changed": "The password was changed, which signed you out here.",
    "password reset": "An administrator reset your password. Sign in with the new one.",
    "signed out elsewhere": "You signed out at your organisation, which signed you out here.",
    "ended by the directory": "Your organisation's directory no longer lets you in. Ask an administrator there.",
    "provider disabled": "The directory that signed you in is not in use now. Ask an administrator.",
    "provider removed": "The directory that signed you in is no longer connected. Ask an administrator.",
    "access cut": "An administrator ended all your access. Ask them before you sign in again.",
    "e-mail changed": "An administrator changed your e-mail address here. Sign in with the new one.",
    "user disabled": "This account was disabled, which signed you out. If it still is, ask an administrator.",
    "user deleted": "This account was removed. Ask an administrator.",
    "identity unlinked": "An administrator took away the way in which you had signed in. Sign in again.",
    "consent withdrawn": "You withdrew your consent for this application.",
    "cluster removed": "The cluster that this sign-in was for was removed.",
    "a refresh token was used twice": "A token was used twice. Somebody may have copied it, so this sign-in was ended.",
    "its code was used twice": "A code was used twice. Somebody may have copied it, so this sign-in was ended.",
}
BY_AN_ADMINISTRATOR = "An administrator ended your session."


@transaction.atomic
def start_session(
    *,
    user: User,
    kind: Kind,
    method: Method = Method.PASSWORD,
    authenticated_at: datetime | None = None,
    provider_id: UUID | None = None,
    not_after: datetime | None = None,
    lifetime: timedelta | None = None,
) -> Session:
    """Begin what the tokens and pages of one sign-in belong to; its absolute end is fixed here.

    Unauthenticated when the user was disabled, deleted or given another password since it was checked: a session
    would begin just after all of theirs were ended. They authenticated now, unless it was in another session before,
    or at the provider that signed them in, which may also say `not_after` which time. Devices go on beyond that.
    Without a `lifetime` it is that of its kind.
    """
    now = timezone.now()
    if not User.objects.filter(pk=user.pk, enabled=True, password=user.password).update(last_login=now):
        raise Unauthenticated("bad_credentials", "This account was changed in the meantime. Sign in again.")

    here = context.current()
    general = GeneralSettings.current()
    if lifetime is None:
        lifetime = general.longest_session if kind == Kind.BROWSER else settings.REFRESH_LIFETIME
    ends_at = now + lifetime
    if not_after is not None and kind != Kind.DEVICE:
        ends_at = max(now, min(ends_at, not_after))
    session = Session.objects.create(
        user=user, kind=kind, method=method, provider_id=provider_id, source_ip=here.source_ip,
        user_agent=here.user_agent, created_at=now,
        authenticated_at=authenticated_at or now, last_active_at=now, noted_within=precision(general.idle_timeout),
        expires_at=ends_at, not_after=not_after,
    )  # fmt: skip
    context.acting_by(session_id=session.pk)
    audit.record("session:sign-in", actor=user, target=session, method=session.get_method_display(), kind=kind.value)
    announce(Changed.SESSION, session)
    return session


def last_sign_in(user: User) -> datetime | None:
    """When they last signed in in a browser, as far as that is kept; None for never."""
    browsers = user.sessions.filter(kind=Kind.BROWSER)
    at: datetime | None = browsers.aggregate(at=Max(Greatest("created_at", "authenticated_at")))["at"]
    return at


@transaction.atomic
def authenticate_again(
    *, user: User, session: Session, authenticated_at: datetime | None = None, not_after: datetime | None = None
) -> None:
    """The person of this session proved again who they are, here and now or at their provider, which may say when.

    Unauthenticated as for `start_session`. A provider can shorten a session, and never prolong it.
    """
    now = timezone.now()
    at = max(session.authenticated_at, authenticated_at or now)
    noted = {"last_active_at": now, "noted_within": precision(GeneralSettings.current().idle_timeout)}
    changes = {"not_after": not_after, "expires_at": min(session.expires_at, max(now, not_after))} if not_after else {}
    known = User.objects.filter(pk=user.pk, enabled=True, password=user.password)
    live = Session.objects.filter(pk=session.pk, user=user, revoked_at=None)
    if not known.update(last_login=now) or not live.update(authenticated_at=at, **noted, **changes):
        raise Unauthenticated("bad_credentials", "This account was changed in the meantime. Sign in again.")
    audit.record("session:sign-in", actor=user, target=session, method=session.get_method_display(), again=True)
    announce(Changed.SESSION, session)


@transaction.atomic
def revoke_session(*, actor: Actor, session: Session, because: str) -> bool:
    """End a session, everywhere; False when it had been revoked already."""
    if session.user != actor:
        authority().require(actor, "update", "users")
        authority().require_at_least(actor, session.user)
    return _revoke(actor, session, because)


@transaction.atomic
def revoke_all(*, actor: Actor, user: User, because: str, keep: Session | None = None) -> int:
    """End every session of a user, except `keep`. For verbs that have asked whether the actor may."""
    # In one order, whoever ends them: two at once then never wait for each other.
    live = user.sessions.live().order_by("pk")
    if keep is not None:
        live = live.exclude(pk=keep.pk)
    return sum(_revoke(actor, session, because) for session in live)


def _revoke(actor: Actor, session: Session, because: str) -> bool:
    revoked = Session.objects.filter(pk=session.pk, revoked_at=None).update(
        revoked_at=timezone.now(), revoked_because=because
    )
    if not revoked:
        return False
    _empty_browser(session, because)
    own = session.user == actor
    action = "session:sign-out" if own and because == "signed out" else "session:revoke"
    audit.record(action, actor=actor, target=session, because=because)
    announce(Changed.SESSION, session)
    session_revoked.send(Session, actor=actor, session=session)
    return True


def _empty_browser(session: Session, because: str) -> None:
    """Leave nothing in Django's session but the sentence that its owner will read."""
    browser = _STORE(session.browser_key)
    if not session.browser_key or not browser.exists(session.browser_key):
        return
    browser.clear()
    browser[SIGNED_OUT_WHY] = farewell(because)
    browser.set_expiry(SAID_FOR)
    with suppress(UpdateError):  # its owner was quicker, and signed out
        browser.save()


def farewell(because: str) -> str:
    """What somebody reads whose session was revoked for this reason."""
    if because != "inactivity":
        return FAREWELLS.get(because, BY_AN_ADMINISTRATOR)
    minutes = int(GeneralSettings.current().idle_timeout.total_seconds() // 60)
    length = "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"You were signed out after {length} without activity."
