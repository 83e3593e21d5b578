"""Passkeys: added by who is signed in, and shown to sign in, in the second step or in place of the password."""

import base64
import secrets
from datetime import timedelta
from typing import NamedTuple

from django.core import signing
from django.utils import timezone

import audit.services as audit
from accounts import webauthn
from accounts.models import Factor, FactorKind, GeneralSettings, Session, SignInTries, User
from accounts.models.sessions import Method
from accounts.services.factors import add_factor, checked_name
from accounts.services.second_step import refused
from accounts.services.sessions import Proof
from accounts.services.throttle import forget_factor_tries, give_back_from_here, reserve_factor_try, reserve_from_here
from common.counting import use_once
from common.errors import Invalid, Unauthenticated
from common.hashes import sha256_of

SALT = "accounts.passkeys"
CHALLENGE_LASTS = timedelta(minutes=10)
# `amr` words (RFC 8176 §2) beside "pop", which says that a key was proved to be there: whether it is in hardware nobody
# told us.
WORDS = ("user", "mfa")


class PasskeyChallenge(NamedTuple):
    """A question to a browser: its options as JSON, and the challenge, sealed, which comes back with the answer."""

    options: str
    challenge: str


def ask_for_new(user: User) -> PasskeyChallenge:
    challenge, sealed = _new_challenge(f"new {user.pk}")
    options = webauthn.creation_options(
        challenge,
        organisation=GeneralSettings.current().organisation,
        user_id=user.pk.bytes,
        name=user.email,
        display_name=user.full_name or user.email,
        has=_ids(user),
    )
    return PasskeyChallenge(options, sealed)


def ask_in_second_step(user: User) -> PasskeyChallenge | None:
    """None for who has no passkey."""
    ids = _ids(user)
    if not ids or not webauthn.usable():
        return None
    challenge, sealed = _new_challenge(f"second {user.pk}")
    return PasskeyChallenge(webauthn.request_options(challenge, verified=False, has=ids), sealed)


def ask_anybody() -> PasskeyChallenge | None:
    """For the sign-in page, which knows nobody yet; None where browsers offer no passkeys to our address."""
    if not webauthn.usable():
        return None
    challenge, sealed = _new_challenge("first")
    return PasskeyChallenge(webauthn.request_options(challenge, verified=True), sealed)


def add_passkey(*, user: User, session: Session, challenge: str, answer: str, name: str) -> list[str]:
    """Add the passkey that a browser made; return recovery codes, this once, if it is the first factor."""
    name = checked_name(name or "Passkey")
    made = webauthn.read_registration(answer, _open(challenge, f"new {user.pk}"))
    _use_up(challenge)
    factor = Factor(
        user=user,
        kind=FactorKind.PASSKEY,
        name=name,
        credential_id=made.credential_id,
        credential=made.credential,
        sign_count=made.sign_count,
    )
    return add_factor(factor, session=session, words=("pop", *WORDS))


def check_in_second_step(*, user: User, challenge: str, answer: str) -> Proof:
    """Check the passkey of somebody who gave the password, and return the proof; else Unauthenticated."""
    if not (reserve_from_here() and reserve_factor_try(user)):
        raise refused(user, "too many second factors tried")
    try:
        purpose = f"second {user.pk}"
        _verify(answer, challenge, purpose, factor=_shown(answer, user), verified=False)
    except Invalid:
        raise refused(user, "wrong passkey") from None
    forget_factor_tries(user)
    give_back_from_here()
    return Proof(Method.PASSWORD, ("pop", *WORDS), timezone.now())


def check_first(*, challenge: str, answer: str) -> tuple[User, Proof]:
    """Return who signs in by a passkey alone, which verified its user, and the proof; else Unauthenticated."""
    if not reserve_from_here():
        raise _nobody(None, "too many tries from this address")
    user = None
    try:
        factor = _shown(answer, None)
        user = factor.user
        _verify(answer, challenge, "first", factor=factor, verified=True)
    except Invalid:
        raise _nobody(user, "wrong passkey") from None
    if not (user.enabled and user.is_local):
        raise _nobody(user, "disabled")
    give_back_from_here()
    return user, Proof(Method.PASSKEY, WORDS, timezone.now())


def _shown(answer: str, user: User | None) -> Factor:
    """Return the passkey that an answer claims to be of; Invalid if there is none, of this user where one is known."""
    shown = webauthn.read_assertion(answer)
    factors = Factor.objects.filter(kind=FactorKind.PASSKEY, credential_id=shown.credential_id).select_related("user")
    factor = factors.filter(user=user).first() if user else factors.first()
    if factor is None or shown.user_handle not in ((b"", factor.user.pk.bytes) if user else (factor.user.pk.bytes,)):
        raise Invalid("bad_passkey", "This passkey is not known here.")
    return factor


def _verify(answer: str, challenge: str, purpose: str, *, factor: Factor, verified: bool) -> None:
    raw = _open(challenge, purpose)
    webauthn.verify_assertion(answer, raw, credential=bytes(factor.credential), verified=verified)
    _use_up(challenge)
    count = webauthn.read_assertion(answer).sign_count
    # A counter that does not go on is that of a copy (WebAuthn §6.1.1); passkeys that are synced have none.
    before = Factor.objects.filter(pk=factor.pk)
    before = before.filter(sign_count__lt=count) if count else before.filter(sign_count=0)
    if not before.update(sign_count=count, last_used_at=timezone.now()):
        raise Invalid("bad_passkey", "The passkey's counter did not go on.")


def _new_challenge(purpose: str) -> tuple[bytes, str]:
    """Return a challenge that nobody has to keep: signed, for this purpose, and good once."""
    challenge = secrets.token_bytes(32)
    return challenge, signing.dumps(base64.b64encode(challenge).decode(), salt=f"{SALT} {purpose}")


def _open(sealed: str, purpose: str) -> bytes:
    try:
        return base64.b64decode(signing.loads(sealed, salt=f"{SALT} {purpose}", max_age=CHALLENGE_LASTS))
    except signing.BadSignature:
        raise Invalid("page_too_old", "This page was too old. Open it again.") from None


def _use_up(sealed: str) -> None:
    """Invalid for an answer that was sent before. Only right ones come this far, so that nobody fills the table."""
    key = f"challenge:{sha256_of(sealed)}"
    if not use_once(SignInTries, key, within=CHALLENGE_LASTS):
        raise Invalid("bad_passkey", "This answer was used already.")


def _ids(user: User) -> list[str]:
    return list(user.factors.filter(kind=FactorKind.PASSKEY).values_list("credential_id", flat=True))


def _nobody(user: User | None, why: str) -> Unauthenticated:
    claimed = user.email if user else ""
    audit.record("session:sign-in", actor=None, target=user, result=audit.FAILED, reason=why, subject=claimed)
    return Unauthenticated("bad_passkey", "The passkey is not right, or this account can't sign in now.")
