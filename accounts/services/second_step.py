"""The second step of signing in: a code of an authenticator app, or a recovery code, tried."""

from django.utils import timezone

import audit.services as audit
from accounts import totp
from accounts.models import Factor, FactorKind, User
from accounts.models.sessions import Method
from accounts.services import recovery_codes
from accounts.services.sessions import Proof, require_second_factor
from accounts.services.throttle import forget_factor_tries, give_back_from_here, reserve_factor_try, reserve_from_here
from common.encryption import decrypt
from common.errors import Unauthenticated

ONE_TIME = ("otp", "mfa")  # `amr` words (RFC 8176 §2), beside that of the password


def has_second_step(user: User) -> bool:
    return user.second_factor_since is not None


def refuse_second_step(user: User) -> None:
    """Raise Unauthenticated `second_factor_needed` for users who have a factor, where none can be asked for."""
    try:
        require_second_factor(user, Method.PASSWORD, None)
    except Unauthenticated:
        reason = "second factor missing"
        audit.record("session:sign-in", actor=None, target=user, result=audit.FAILED, reason=reason, subject=user.email)
        raise


def check_code(*, user: User, code: str) -> Proof:
    """Use up a code of somebody who gave the password, and return the proof; else Unauthenticated.

    Whoever comes this far knows the password: the answer may say that the code is wrong, not more.
    """
    if not (reserve_from_here() and reserve_factor_try(user)):
        raise refused(user, "too many second factors tried")
    typed = "".join(code.split())[:100]
    if typed.isascii() and typed.isdigit():
        if not _use_totp(user, typed):
            raise refused(user, "wrong code")
    elif recovery_codes.use_code(user, typed):
        audit.record("user:recovery-code:use", actor=user, target=user, left=recovery_codes.codes_left(user))
    else:
        raise refused(user, "wrong code")
    forget_factor_tries(user)
    give_back_from_here()
    return Proof(Method.PASSWORD, ONE_TIME, timezone.now())


def refused(user: User, why: str) -> Unauthenticated:
    """Say in the trail why, and to the person what to do."""
    audit.record("session:sign-in", actor=None, target=user, result=audit.FAILED, reason=why, subject=user.email)
    if why == "too many second factors tried":
        return Unauthenticated("too_many_tries", "Too many were tried. Wait a quarter of an hour, and sign in again.")
    return Unauthenticated(
        "bad_code", "This code is not right, or was used already. Wait for the next one, and look at your app's clock."
    )


def _use_totp(user: User, code: str) -> bool:
    """Each step's code is good once (RFC 6238 §5.2), and of two requests at once for one."""
    now = timezone.now()
    for factor in user.factors.filter(kind=FactorKind.TOTP):
        step = totp.matching_step(decrypt(bytes(factor.secret_encrypted)), code, at=now)
        if step is None:
            continue
        fresh = Factor.objects.filter(pk=factor.pk, last_step__lt=step)
        if fresh.update(last_step=step, last_used_at=now):
            return True
    return False
