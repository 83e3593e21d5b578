from typing import Literal

from django.contrib.auth.hashers import check_password as matches
from django.contrib.auth.hashers import make_password

import audit.services as audit
from accounts.hashing import place_to_hash
from accounts.models import User
from accounts.passwords import LONGEST
from accounts.services.makers import is_given_by_one_who_holds_less
from accounts.services.throttle import Try, forget_tries, reserve_try
from common.errors import Unauthenticated

Why = Literal[
    "unknown user",
    "wrong password",
    "disabled",
    "locked",
    "too many tries from this address",
    "signs in by an identity provider",
    "who gave the password holds less by now",
]

# Any password checks against this as slowly as against a real one, and none matches.
_NOBODYS = make_password("nobody's password")


def check_password(*, email: str, password: str) -> User:
    """Return the local user with this password, or raise Unauthenticated. Only the audit entry tells why.

    The user may have to change the password first: what they may do before that is for the caller to say.
    TooMany, and nothing counted, while this process is busy with other passwords.
    """
    user, made = try_password(email=email, password=password)
    forget_tries(made)
    return user


def try_password(*, email: str, password: str) -> tuple[User, Try]:
    """Check a password as `check_password` does; the caller forgets the tries in its own transaction."""
    with place_to_hash():
        made = reserve_try(email)
        if not made.left_here:
            # Whoever is meant: no hash is computed, which would be a stranger's way to keep us busy.
            raise _refused(None, "too many tries from this address")
        why = _refusal(made.user, password, made.left)
    if made.user is None or why is not None:
        raise _refused(made.user, why or "unknown user", tried=email)
    return made.user, made


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
    if not user.enabled:
        return "disabled"
    return "who gave the password holds less by now" if is_given_by_one_who_holds_less(user) else None


def _refused(user: User | None, why: Why, *, tried: str = "") -> Unauthenticated:
    # What was typed in place of an unknown e-mail may be a password: it is not kept.
    claimed = user.email if user else ""
    audit.record(
        "session:sign-in", actor=None, target=user, result=audit.FAILED, reason=why, subject=claimed, unknown=tried
    )
    return Unauthenticated(
        "bad_credentials", "The e-mail or the password is not right, or this account can't sign in now."
    )
