"""Sign-in through a provider in three steps: begun here, answered by the provider, finished by the browser.

SAML's response is a cross-site POST, to which browsers attach no cookie of ours. So it is verified and stored for a
minute, and the browser is redirected to fetch it with its cookie: only the browser that began can finish.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import Session, User
from accounts.services.throttle import give_back_from_here, reserve_from_here, seconds_to_wait_here
from common.errors import TooMany, Unauthenticated
from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog, CheckSource, SignInRefused
from sso.mapping import MappedUser, MissingEmail, map_attributes
from sso.messages import Outgoing
from sso.models import Attempt, IdentityProvider
from sso.near_names import near_names
from sso.protocols import openid_of, protocol_of, saml
from sso.refusals import BEGINNING, BROWSER
from sso.services.admission import admit_with_hooks, explain
from sso.services.attempts import note_refusal, note_success, note_test
from sso.services.declarations import restrict_to_declared
from sso.services.directory_sync import notices
from sso.services.ended_there import refuse_ended
from sso.services.metadata import by_known_key, require_valid_metadata
from sso.services.pending import store_assertion, take_assertion
from sso.services.provider_sessions import note_provider_session
from sso.services.provisioning import LINKABLE, record_unlinked_identity
from sso.services.replays import record_first, refuse_replay
from sso.services.second_factor import with_second_factor
from sso.services.subjects import log_subject_change, with_stable_subject

# How long a user may take at the provider.
ANSWERED_WITHIN = timedelta(minutes=30)
CLOCK_SKEW = timedelta(seconds=60)
TEST_PREFIX = "_test"


@dataclass(frozen=True)
class PendingSignIn:
    """A sign-in under way, as the browser keeps it; JSON types only. `test` is the tester's user id."""

    provider: str
    at: str
    next: str = "/"
    again: bool = False
    test: str = ""
    kept: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class CompletedSignIn:
    """The result. `session` is None after a test. `notices` are sentences for the user."""

    attempt: Attempt
    next: str
    session: Session | None = None
    notices: Sequence[str] = ()


class RecordedRefusal(Unauthenticated):
    """A refusal with the stored attempt, whose reference the user reads."""

    def __init__(self, refusal: SignInRefused, attempt: Attempt) -> None:
        super().__init__(refusal.code, refusal.message)
        self.status = refusal.status
        self.attempt = attempt


def begin(
    provider: IdentityProvider, *, next: str = "/", again: bool = False, test: User | None = None
) -> tuple[str, Outgoing, PendingSignIn]:
    """Return the request's id, where the browser goes, and what it must keep under that id; or RecordedRefusal."""
    log = CheckLog()
    try:
        require_valid_metadata(provider, log, check=BEGINNING)
    except SignInRefused as refusal:
        noted = note_refusal(provider, log, code=refusal.code, test=test is not None)
        raise RecordedRefusal(refusal, noted) from None
    now = timezone.now()
    request_id = f"{TEST_PREFIX if test else ''}_{secrets.token_hex(20)}"
    outgoing, kept = protocol_of(provider).begin(provider, request_id=request_id, again=again, now=now)
    pending = PendingSignIn(
        provider=str(provider.pk),
        at=now.isoformat(),
        next=next,
        again=again,
        test=str(test.pk) if test else "",
        kept=kept,
    )
    return request_id, outgoing, pending


def receive(provider: IdentityProvider, response: str) -> str:
    """Verify and store a posted response; return the handle for the browser, or raise RecordedRefusal."""
    log = CheckLog()
    try:
        require_valid_metadata(provider, log)
        assertion = by_known_key(provider, log, lambda: saml().read(provider, response, log=log, now=timezone.now()))
        _require_in_use(provider, test=assertion.request_id.startswith(TEST_PREFIX), log=log)
        return _kept(provider, assertion, log)
    except SignInRefused as refusal:
        raise RecordedRefusal(refusal, note_refusal(provider, log, code=refusal.code)) from None


@transaction.atomic
def _kept(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> str:
    refuse_replay(provider, assertion, log)  # which holds the provider until the assertion is stored too
    return store_assertion(provider, assertion, log)


Recall = Callable[[str], PendingSignIn | None]
"""Returns what this browser began under a request id, and lets the browser forget it."""

StartSession = Callable[[User, VerifiedAssertion], Session]
"""Begins the session in this browser; Unauthenticated when the user can't have one."""


def finish(provider: IdentityProvider, *, handle: str, remembered: Recall, start: StartSession) -> CompletedSignIn:
    """Sign in the asserted user if this browser began the sign-in; or raise RecordedRefusal."""
    log = CheckLog()
    assertion = take_assertion(provider, handle, log)
    if assertion is None:
        log.noted("The answer", "It was fetched already, or nobody fetched it within a minute.")
        attempt = note_refusal(provider, log, code="replayed")
        raise RecordedRefusal(SignInRefused("replayed"), attempt)
    pending = remembered(assertion.request_id) if assertion.request_id else None
    return _conclude(provider, assertion, pending, log, start)


def finish_openid(
    provider: IdentityProvider, *, given: dict[str, str], remembered: Recall, start: StartSession
) -> CompletedSignIn:
    """Sign in by the code that the browser brings (OpenID Connect Core §3.1.2.5); or raise RecordedRefusal."""
    log, request_id = CheckLog(), given.get("state", "")
    pending = remembered(request_id) if request_id else None
    try:
        _require_in_use(provider, test=_is_test(pending), log=log)
        _require_begun_here(provider, pending, log)
        assert pending is not None  # noqa: S101  for the type checker
        _reserve_exchange()
        log.source = CheckSource.ANYBODY  # until the provider itself answered, these are parameters of an address
        assertion = openid_of(provider).finish(
            provider, given=given, kept=pending.kept, request_id=request_id, log=log, now=timezone.now()
        )
    except SignInRefused as refusal:
        raise RecordedRefusal(refusal, note_refusal(provider, log, code=refusal.code, test=_is_test(pending))) from None
    give_back_from_here()
    return _conclude(provider, assertion, pending, log, start)


def _reserve_exchange() -> None:
    """Limit exchanges per address: each code, even a made-up one, makes us wait for the provider."""
    if not reserve_from_here():
        message = "Too many sign-ins failed that came from your address. Try again later."
        raise TooMany("too_many_tries", message, retry_after=seconds_to_wait_here())


def _require_in_use(provider: IdentityProvider, *, test: bool, log: CheckLog) -> None:
    """Refuse a provider that was disabled meanwhile, except for a test. Called at each step."""
    in_use = IdentityProvider.objects.filter(pk=provider.pk, enabled=True).exists()
    log.require(in_use or test, "The provider is enabled", "provider_disabled", "It is disabled.")


def _is_test(pending: PendingSignIn | None) -> bool:
    """Return True if an administrator tests the provider: a test signs nobody in."""
    return pending is not None and pending.test != ""


def _require_begun_here(provider: IdentityProvider, pending: PendingSignIn | None, log: CheckLog) -> None:
    if pending is None:
        log.refuse(BROWSER, "not_asked", "This browser has not begun it, or has finished it before.")
    log.require(pending.provider == str(provider.pk), BROWSER, "not_asked", "This browser asked another provider.")
    began_at = datetime.fromisoformat(pending.at)
    log.require(
        timezone.now() <= began_at + ANSWERED_WITHIN,
        "It was answered in time",
        "bad_time",
        Wording("It was begun at {began_at}.", began_at=began_at),
    )


def _answer_once(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> None:
    """Refuse a second response to the same request: a browser may have kept the cookie of a finished sign-in."""
    if not record_first(provider, f"answer to {assertion.request_id}", until=timezone.now() + ANSWERED_WITHIN):
        log.refuse(BROWSER, "not_asked", "This browser has finished it before.")


def _conclude(
    provider: IdentityProvider,
    assertion: VerifiedAssertion,
    pending: PendingSignIn | None,
    log: CheckLog,
    start: StartSession,
) -> CompletedSignIn:
    mapped: MappedUser | None = None
    try:
        _check_browser(provider, assertion, pending, log)
        assertion = with_second_factor(provider, assertion, log)
        assertion = with_stable_subject(provider, assertion, log)
        mapped = _mapped(provider, assertion, log)
        mapped = restrict_to_declared(provider, mapped, log)
        log_subject_change(provider, assertion, mapped, log)
        if pending is not None and pending.test:
            return _tested(provider, assertion, mapped, pending, log)
        if pending is not None and pending.again:
            # They did it for our request, as was checked. Use our clock: the provider's may be behind.
            assertion = replace(assertion, authenticated_at=timezone.now())
        session = _signed_in(provider, assertion, mapped, log, start)
    except SignInRefused as refusal:
        if mapped is not None and refusal.code in LINKABLE:
            record_unlinked_identity(provider, assertion, mapped)
        attempt = note_refusal(provider, log, code=refusal.code, mapped=mapped, test=_is_test(pending))
        raise RecordedRefusal(refusal, attempt) from None
    attempt = note_success(provider, log, mapped=mapped, test=False)
    return CompletedSignIn(attempt, pending.next if pending else "/", session, notices(provider, session.user, mapped))


def _check_browser(
    provider: IdentityProvider, assertion: VerifiedAssertion, pending: PendingSignIn | None, log: CheckLog
) -> None:
    if not assertion.request_id and provider.allow_idp_initiated:
        log.passed(BROWSER, "nobody asked, which this provider may do")
    else:
        _require_begun_here(provider, pending, log)
        _answer_once(provider, assertion, log)
    _require_in_use(provider, test=_is_test(pending), log=log)
    if pending is not None and pending.again:
        at = assertion.authenticated_at
        recent = at is not None and at >= datetime.fromisoformat(pending.at) - CLOCK_SKEW
        earlier = Wording("They authenticated at {at}.", at=at)
        log.require(recent, "The user signed in again, as requested", "not_recent", earlier)


def _mapped(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> MappedUser:
    near = near_names(provider.mapping, assertion.attributes)
    try:
        mapped = map_attributes(assertion.attributes, provider.mapping, in_lists=provider.sends_lists)
    except MissingEmail as missing:
        log.refuse("The mapping", "no_email", Wording.joined(" ", [*near, str(missing)]))
    log.passed(
        "The mapping", Wording("of the attributes {attributes}", attributes=", ".join(sorted(assertion.attributes)))
    )
    for note in (*near, *mapped.notes):
        log.noted("The mapping", note)
    return mapped


def _tested(
    provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, pending: PendingSignIn, log: CheckLog
) -> CompletedSignIn:
    explain(provider, assertion, mapped, log)
    attempt = note_success(provider, log, mapped=mapped, test=True)
    tester = User.objects.filter(pk=pending.test).first()
    if tester is not None:
        note_test(provider, attempt, by=tester)
    return CompletedSignIn(attempt, pending.next)


def _signed_in(
    provider: IdentityProvider, assertion: VerifiedAssertion, mapped: MappedUser, log: CheckLog, start: StartSession
) -> Session:
    """Sign in atomically: a refusal leaves no user, membership or session."""
    with transaction.atomic():
        identity = admit_with_hooks(provider, assertion, mapped, log)
        assert identity.user is not None  # noqa: S101  for the type checker
        refuse_ended(provider, assertion, log)
        try:
            session = start(identity.user, assertion)
        except Unauthenticated as refusal:
            log.refuse("The session begins", "user_disabled", refusal.message)
        note_provider_session(session, identity, assertion)
    return session
