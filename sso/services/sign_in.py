"""A sign-in through a provider, in three steps: begun here, answered by the provider, finished by the browser.

SAML's answer comes by a cross-site POST, with which browsers send no cookie of ours. So it is verified and kept for a
minute, and the browser, sent on to a page of ours, comes for it with its cookie: only who began it can finish it.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.throttle import give_back_from_here, reserve_from_here, seconds_to_wait_here
from common.encryption import encrypt
from common.errors import TooMany, Unauthenticated
from common.locking import hold
from sso.mapping import NoEmail, Person, map_person
from sso.messages import Outgoing
from sso.models import Attempt, Identity, IdentityProvider, ProviderSession
from sso.near_names import near_names
from sso.protocols import openid_of, protocol_of, saml
from sso.refusals import BROWSER
from sso.said import Said
from sso.services.admission import admit_and_tell, explain
from sso.services.attempts import note_refusal, note_success, note_test
from sso.services.domain import within_domain
from sso.services.keeping import notices
from sso.services.metadata import refresh_for_unknown_key
from sso.services.naming import named_for_good, note_change
from sso.services.people import LINKABLE, keep_a_stranger
from sso.services.replays import is_first
from sso.services.waiting import keep_waiting, take
from sso.trial import Refused, Source, Trial

# How long somebody may take at the provider.
ANSWERED_WITHIN = timedelta(minutes=30)
RECENT = timedelta(seconds=60)
CHECKED_EVERY = timedelta(minutes=15)
TEST_PREFIX = "_test"


@dataclass(frozen=True)
class Begun:
    """What a browser remembers of a sign-in under way; JSON types only. `test` is the id of who tests."""

    provider: str
    at: str
    next: str = "/"
    again: bool = False
    test: str = ""
    kept: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finished:
    """`session` is None after a test. `notices` are sentences for the person."""

    attempt: Attempt
    next: str
    session: Session | None = None
    notices: Sequence[str] = ()


class TurnedAway(Unauthenticated):
    """A refusal as the person sees it, with the reference under which the trouble page has it."""

    def __init__(self, refusal: Refused, attempt: Attempt) -> None:
        super().__init__(refusal.code, refusal.message)
        self.status = refusal.status
        self.attempt = attempt


def begin(
    provider: IdentityProvider, *, next: str = "/", again: bool = False, test: User | None = None
) -> tuple[str, Outgoing, Begun]:
    """The request's id, where the browser goes, and what it has to remember under that id."""
    now = timezone.now()
    request_id = f"{TEST_PREFIX if test else ''}_{secrets.token_hex(20)}"
    outgoing, kept = protocol_of(provider).begin(provider, request_id=request_id, again=again, now=now)
    begun = Begun(
        provider=str(provider.pk), at=now.isoformat(), next=next, again=again, test=str(test.pk) if test else "",
        kept=kept,
    )  # fmt: skip
    return request_id, outgoing, begun


def receive(provider: IdentityProvider, response: str) -> str:
    """Verify what a provider posted, and keep it; the handle by which the browser comes for it. Or TurnedAway."""
    trial = Trial()
    try:
        said = _verified(provider, response, trial)
        _require_in_use(provider, test=said.request_id.startswith(TEST_PREFIX), trial=trial)
        return _kept(provider, said, trial)
    except Refused as refusal:
        raise TurnedAway(refusal, note_refusal(provider, trial, code=refusal.code)) from None


@transaction.atomic
def _kept(provider: IdentityProvider, said: Said, trial: Trial) -> str:
    hold(provider)
    _use_once(provider, said, trial)
    return keep_waiting(provider, said, trial)


Remembered = Callable[[str], Begun | None]
"""What this browser began under a request id, which it forgets with that."""

Start = Callable[[User, Said], Session]
"""Begins the session in this browser; Unauthenticated when the user can't have one."""


def finish(provider: IdentityProvider, *, handle: str, remembered: Remembered, start: Start) -> Finished:
    """Sign in whom the provider means, if this browser began it; or TurnedAway."""
    trial = Trial()
    said = take(provider, handle, trial)
    if said is None:
        trial.noted("The answer", "It was taken already, or not come for within a minute.")
        attempt = note_refusal(provider, trial, code="replayed")
        raise TurnedAway(Refused("replayed"), attempt)
    return _conclude(provider, said, remembered(said.request_id) if said.request_id else None, trial, start)


def finish_openid(
    provider: IdentityProvider, *, given: dict[str, str], remembered: Remembered, start: Start
) -> Finished:
    """The same where the browser brings a code (OpenID Connect Core §3.1.2.5)."""
    trial, request_id = Trial(), given.get("state", "")
    begun = remembered(request_id) if request_id else None
    test = bool(begun and begun.test)
    try:
        _require_in_use(provider, test=test, trial=trial)
        _require_begun_here(provider, begun, trial)
        assert begun is not None  # noqa: S101  for the type checker
        _reserve_exchange()
        trial.source = Source.ANYBODY  # until the provider itself answered, these are parameters of an address
        said = openid_of(provider).finish(
            provider, given=given, kept=begun.kept, request_id=request_id, trial=trial, now=timezone.now()
        )
    except Refused as refusal:
        raise TurnedAway(refusal, note_refusal(provider, trial, code=refusal.code, test=test)) from None
    give_back_from_here()
    return _conclude(provider, said, begun, trial, start)


def _reserve_exchange() -> None:
    """Each code, a made-up one too, has us ask the provider, for as long as it takes to answer."""
    if not reserve_from_here():
        message = "Too many sign-ins failed that came from your address. Try again later."
        raise TooMany("too_many_tries", message, retry_after=seconds_to_wait_here())


def _verified(provider: IdentityProvider, response: str, trial: Trial) -> Said:
    try:
        return _read(provider, response, trial)
    except Refused as refusal:
        if refusal.code != "bad_signature" or not refresh_for_unknown_key(provider):
            raise
    trial.noted("The provider's metadata", "The key was not known, so its metadata was fetched again.")
    return _read(provider, response, trial)


def _read(provider: IdentityProvider, response: str, trial: Trial) -> Said:
    return saml().read(provider, response, trial=trial, now=timezone.now())


def _require_in_use(provider: IdentityProvider, *, test: bool, trial: Trial) -> None:
    """Asked at each step: it may have been disabled since. A test is for the time before it is enabled."""
    in_use = IdentityProvider.objects.filter(pk=provider.pk, enabled=True).exists()
    trial.require(in_use or test, "The provider is enabled", "provider_disabled", "It is disabled.")


def _require_begun_here(provider: IdentityProvider, begun: Begun | None, trial: Trial) -> None:
    if begun is None:
        trial.refuse(BROWSER, "not_asked", "This browser has not begun it, or has finished it before.")
    trial.require(begun.provider == str(provider.pk), BROWSER, "not_asked", "This browser asked another provider.")
    began_at = datetime.fromisoformat(begun.at)
    trial.require(
        timezone.now() <= began_at + ANSWERED_WITHIN,
        "It was answered in time",
        "bad_time",
        f"It was begun at {began_at}.",
    )


def _use_once(provider: IdentityProvider, said: Said, trial: Trial) -> None:
    check = "It is used for the first time"
    if not is_first(provider, said.message_id, until=said.usable_until or timezone.now()):
        trial.refuse(check, "replayed", f"The assertion {said.message_id} was used before.")
    trial.passed(check)


def _answer_once(provider: IdentityProvider, said: Said, trial: Trial) -> None:
    """A browser may have kept the cookie of a sign-in that it finished; this provider's word is verified by now."""
    if not is_first(provider, f"answer to {said.request_id}", until=timezone.now() + ANSWERED_WITHIN):
        trial.refuse(BROWSER, "not_asked", "This browser has finished it before.")


def _conclude(provider: IdentityProvider, said: Said, begun: Begun | None, trial: Trial, start: Start) -> Finished:
    person: Person | None = None
    test = bool(begun and begun.test)
    try:
        _check_browser(provider, said, begun, trial)
        said = named_for_good(provider, said, trial)
        person = _mapped(provider, said, trial)
        person = within_domain(provider, person, trial)
        note_change(provider, said, person, trial)
        if begun is not None and begun.test:
            return _tested(provider, said, person, begun, trial)
        if begun is not None and begun.again:
            # Between our request and now, as was checked: by our clock, where the provider's may be behind.
            said = replace(said, authenticated_at=timezone.now())
        session = _signed_in(provider, said, person, trial, start)
    except Refused as refusal:
        if person is not None and refusal.code in LINKABLE:
            keep_a_stranger(provider, said, person)
        attempt = note_refusal(provider, trial, code=refusal.code, person=person, test=test)
        raise TurnedAway(refusal, attempt) from None
    attempt = note_success(provider, trial, person=person, test=False)
    return Finished(attempt, begun.next if begun else "/", session, notices(provider, session.user, person))


def _check_browser(provider: IdentityProvider, said: Said, begun: Begun | None, trial: Trial) -> None:
    if not said.request_id and provider.allow_idp_initiated:
        trial.passed(BROWSER, "nobody asked, which this provider may do")
    else:
        _require_begun_here(provider, begun, trial)
        _answer_once(provider, said, trial)
    _require_in_use(provider, test=bool(begun and begun.test), trial=trial)
    if begun is not None and begun.again:
        at = said.authenticated_at
        recent = at is not None and at >= datetime.fromisoformat(begun.at) - RECENT
        trial.require(recent, "They were asked to sign in again", "not_recent", f"They authenticated at {at}.")


def _mapped(provider: IdentityProvider, said: Said, trial: Trial) -> Person:
    near = near_names(provider.mapping, said.attributes)
    try:
        person = map_person(said.attributes, provider.mapping, in_lists=provider.sends_lists)
    except NoEmail as missing:
        trial.refuse("The mapping", "no_email", " ".join([*near, str(missing)]))
    trial.passed("The mapping", f"of the attributes {', '.join(sorted(said.attributes))}")
    for note in (*near, *person.notes):
        trial.noted("The mapping", note)
    return person


def _tested(provider: IdentityProvider, said: Said, person: Person, begun: Begun, trial: Trial) -> Finished:
    explain(provider, said, person, trial)
    attempt = note_success(provider, trial, person=person, test=True)
    tester = User.objects.filter(pk=begun.test).first()
    if tester is not None:
        note_test(provider, attempt, by=tester)
    return Finished(attempt, begun.next)


def _signed_in(provider: IdentityProvider, said: Said, person: Person, trial: Trial, start: Start) -> Session:
    """All of it or nothing: a refusal leaves no user, membership or session."""
    with transaction.atomic():
        identity = admit_and_tell(provider, said, person, trial)
        assert identity.user is not None  # noqa: S101  for the type checker
        try:
            session = start(identity.user, said)
        except Unauthenticated as refusal:
            trial.refuse("The session begins", "user_disabled", refusal.message)
        ProviderSession.objects.update_or_create(session=session, defaults=_known_there(identity, said))
    return session


def _known_there(identity: Identity, said: Said) -> dict[str, Any]:
    # Only where there is somebody to tell of them: a new access token alone says nothing.
    again = said.refresh_token if identity.provider.peer.get("userinfo_endpoint") else ""
    return {
        "identity": identity,
        "name_id": said.name_id,
        "session_index": said.session_index,
        "refresh_token_encrypted": encrypt(again.encode()) if again else b"",
        "check_at": timezone.now() + CHECKED_EVERY if again else None,
    }
