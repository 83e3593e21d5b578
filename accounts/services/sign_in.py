from typing import Literal

from django.contrib.auth.hashers import check_password as matches
from django.contrib.auth.hashers import make_password

import audit.services as audit
from accounts.models import User
from accounts.passwords import LONGEST
from accounts.services.throttle import forget_tries, reserve_from_here, reserve_try
from common.errors import Unauthenticated

Why = Literal[
    "unknown user", "wrong password", "disabled", "locked", "too many tries from this address",
    "signs in by an identity provider",
]  # fmt: skip

# Any password checks against this as slowly as against a real one, and none matches.
_NOBODYS = make_password("nobody's password")


def check_password(*, email: str, password: str) -> User:
    """The local user who has this password, or Unauthenticated, which never tells why; the audit entry does.

    The user may have to change the password first: what they may do before that is for the caller to say.
    """
    if not reserve_from_here():
        # Whoever is meant: nobody is looked up, and no hash computed, which would be a stranger's way to keep us busy.
        raise _refused(None, "too many tries from this address")
    user = User.objects.with_email(email).first() if len(email) <= 254 and "\x00" not in email else None
    allowed = reserve_try(email, user)
    why = _refusal(user, password, allowed)
    if user is None or why is not None:
        raise _refused(user, why or "unknown user", tried=email)
    forget_tries(email, user)
    return user


def _refusal(user: User | None, password: str, allowed: bool) -> Why | None:
    """Exactly one hash is computed whatever the answer, so that its time tells nothing."""
    usable = user is not None and allowed and user.is_local and user.has_usable_password() and len(password) <= LONGEST
    right = matches(password[:LONGEST], user.password if usable and user else _NOBODYS)
    if user is None:
        return "unknown user"
    if not allowed:
        return "locked"
    if not user.is_local:
        return "signs in by an identity provider"
    if not (usable and right):
        return "wrong password"
    return None if user.enabled else "disabled"


def _refused(user: User | None, why: Why, *, tried: str = "") -> Unauthenticated:
    # What was typed in place of an unknown e-mail may be a password: it is not kept.
    claimed = user.email if user else ""
    audit.record(
        "session:sign-in", actor=None, target=user, result=audit.FAILED, reason=why, subject=claimed,
        unknown=tried,
    )  # fmt: skip
    return Unauthenticated(
        "bad_credentials", "The e-mail or the password is not right, or this account can't sign in now."
    )
