from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from importlib import import_module
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.db import transaction
from django.db.models import Max, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

import audit.services as audit
from accounts.inactivity import precision
from accounts.models import GeneralSettings, Session, User
from accounts.models.sessions import Method, SessionKind
from accounts.ports.authority import authority
from accounts.services.second_factor_policy import note_second_factor_due
from accounts.signals import session_revoked, session_started
from common import context
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Unauthenticated
from common.wording import Wording

_STORE = import_module(settings.SESSION_ENGINE).SessionStore

# In Django's session: why the last one ended, for the sign-in page to say, and how long it can still be said.
SIGNED_OUT_WHY = "signed_out_why"
SAID_FOR = timedelta(days=1)

BY_AN_ADMINISTRATOR = "An administrator ended your session."
ENDED = "This session was ended. Sign in again."
FAREWELLS = {
    "signed out": "You are signed out.",
    "longest session": "Your session reached its longest allowed time. Sign in again.",
    "ended by its owner": "You ended this session from another browser.",
    "password changed": "The password was changed, which signed you out here.",
    "second factor added": "A second factor was added to your account, which signed you out here.",
    "second factor removed": "A second factor of your account was removed, which signed you out here.",
    "second factors reset": "An administrator removed your second factors. Sign in, and add one again.",
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
    "given back by the application": "The application ended this sign-in. Sign in again.",
    "ended by an administrator": BY_AN_ADMINISTRATOR,
    "signed out by an administrator": BY_AN_ADMINISTRATOR,
    "consent withdrawn": "You withdrew your consent for this application.",
    "cluster removed": "The cluster that this sign-in was for was removed.",
    "a refresh token was used twice": "A token was used twice. Somebody may have copied it, so this sign-in was ended.",
    "its code was used twice": "A code was used twice. Somebody may have copied it, so this sign-in was ended.",
}


class Proof(NamedTuple):
    """The method and time of an authentication; a provider may set the time, and until when it is valid."""

    method: Method = Method.PASSWORD
    further_amr: Sequence[str] = ()
    strong_at: datetime | None = None
    authenticated_at: datetime | None = None
    not_after: datetime | None = None


@transaction.atomic(savepoint=False)
def start_session(
    *,
    user: User,
    kind: SessionKind,
    method: Method = Method.PASSWORD,
    authenticated_at: datetime | None = None,
    provider_id: UUID | None = None,
    not_after: datetime | None = None,
    lifetime: timedelta | None = None,
    further_amr: Sequence[str] = (),
    strong_at: datetime | None = None,
) -> Session:
    """Begin what the tokens and pages of one sign-in belong to; its absolute end is fixed here.

    Unauthenticated when the user was disabled, deleted or given another password since it was checked: a session
    would begin just after all of theirs were ended. They authenticated now, unless it was in another session before,
    or at the provider that signed them in, which may also bound browsers by `not_after`. `lifetime` is by its kind.
    `strong_at` is when they showed a second factor: without it a password begins no session for who has one
    (Unauthenticated `second_factor_needed`).
    """
    now = timezone.now()
    require_second_factor(user, method, strong_at)
    if not _unchanged(user).update(last_login=now):
        raise _changed_meanwhile()

    general = GeneralSettings.current()
    note_second_factor_due(user, general)
    ends_at = _end_of(kind, now, lifetime or _usual_lifetime(kind, general), not_after)
    proof = Proof(method, [*further_amr], strong_at, authenticated_at or now, not_after)
    session = _create(user, kind, proof, provider_id=provider_id, created_at=now, ends_at=ends_at, general=general)
    context.acting_by(session_id=session.pk)
    audit.record("session:sign-in", actor=user, target=session, method=Method(session.method).label, kind=kind.value)
    announce(Changed.SESSION, session)
    session_started.send(Session, session=session, general=general)
    return session


def _usual_lifetime(kind: SessionKind, general: GeneralSettings) -> timedelta:
    return general.longest_session if kind == SessionKind.BROWSER else settings.REFRESH_LIFETIME


def _end_of(kind: SessionKind, now: datetime, lifetime: timedelta, not_after: datetime | None) -> datetime:
    """Return the absolute end: never before the beginning, and for a device not bounded by the provider's session."""
    if not_after is None or kind == SessionKind.DEVICE:
        return now + lifetime
    return max(now, min(now + lifetime, not_after))


def _create(
    user: User,
    kind: SessionKind,
    proof: Proof,
    *,
    provider_id: UUID | None,
    created_at: datetime,
    ends_at: datetime,
    general: GeneralSettings,
) -> Session:
    here = context.current()
    return Session.objects.create(
        user=user,
        kind=kind,
        provider_id=provider_id,
        source_ip=here.source_ip,
        user_agent=here.user_agent,
        created_at=created_at,
        last_active_at=created_at,
        noted_within=precision(general.idle_timeout),
        expires_at=ends_at,
        **proof._asdict(),
    )


class Derived(TypedDict):
    method: Method
    authenticated_at: datetime
    provider_id: UUID | None
    not_after: datetime | None
    further_amr: list[str]
    strong_at: datetime | None


def derived_from(session: Session) -> Derived:
    """Return what a session that is begun from another one, for a device or a token, takes over from it."""
    return Derived(
        method=Method(session.method),
        authenticated_at=session.authenticated_at,
        provider_id=session.provider_id,
        not_after=session.not_after,
        further_amr=session.further_amr,
        strong_at=session.strong_at,
    )


def require_second_factor(user: User, method: Method, strong_at: datetime | None) -> None:
    """Raise Unauthenticated when a password alone was shown by somebody who has a second factor."""
    if method == Method.PASSWORD and strong_at is None and user.second_factor_since is not None:
        raise Unauthenticated(
            "second_factor_needed",
            "This account has a second factor, which can't be asked for here. Sign in with a browser, or by a device"
            " code: runai-identity login.",
        )


def _unchanged(user: User) -> QuerySet[User]:
    """Find the user as they were when they were checked: enabled, with the same password, and as many factors."""
    return User.objects.filter(
        pk=user.pk, enabled=True, password=user.password, second_factor_since=user.second_factor_since
    )


def _changed_meanwhile() -> Unauthenticated:
    return Unauthenticated("bad_credentials", "This account was changed in the meantime. Sign in again.")


def last_sign_in(user: User) -> datetime | None:
    """When they last signed in in a browser, as far as that is kept; None for never."""
    browsers = user.sessions.filter(kind=SessionKind.BROWSER)
    at: datetime | None = browsers.aggregate(at=Max(Greatest("created_at", "authenticated_at")))["at"]
    return at


@transaction.atomic
def authenticate_again(
    *,
    user: User,
    session: Session,
    method: Method = Method.PASSWORD,
    authenticated_at: datetime | None = None,
    not_after: datetime | None = None,
    further_amr: Sequence[str] = (),
    strong_at: datetime | None = None,
) -> None:
    """Note that the person of this session proved who they are again, now or when their provider says.

    Unauthenticated as for `start_session`. A provider can shorten a session, and never prolong it. The session tells
    from now on by which methods it was this time.
    """
    now = timezone.now()
    require_second_factor(user, method, strong_at)
    at = max(session.authenticated_at, authenticated_at or now)
    noted = {"last_active_at": now, "noted_within": precision(GeneralSettings.current().idle_timeout)}
    changes = {"not_after": not_after, "expires_at": min(session.expires_at, max(now, not_after))} if not_after else {}
    live = Session.objects.filter(pk=session.pk, user=user, revoked_at=None)
    proof = {"authenticated_at": at, "method": method, "further_amr": [*further_amr], "strong_at": strong_at}
    if not _unchanged(user).update(last_login=now) or not live.update(**proof, **noted, **changes):
        raise _changed_meanwhile()
    audit.record("session:sign-in", actor=user, target=session, method=Method(session.method).label, again=True)
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
    """Return what somebody reads whose session was revoked for this reason."""
    if because != "inactivity":
        return FAREWELLS.get(because, ENDED)
    minutes = int(GeneralSettings.current().idle_timeout.total_seconds() // 60)
    return Wording.counted(
        "You were signed out after a minute without activity.",
        "You were signed out after {number} minutes without activity.",
        minutes,
    )
