"""How often signing in may be tried: docs/security.md has the limits and their reasons.

A try is counted before the password is looked at, in one conditional update, so that parallel tries can't pass
together. Two counters: one for the address, and one for the account. The account's counter is another one for an
address from which it has signed in before, and for the last administrator: what strangers try can't lock either out.
"""

import ipaddress
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.authority import authority
from accounts.models import Session, SignInTries, User
from accounts.models.users import normalize_email
from common import context

FAMILIAR_FOR = timedelta(days=90)

# One customer of a provider has at least these addresses: counted apart, each would have tries of its own.
ONE_IPV6_NETWORK = 64


def reserve_try(email: str, user: User | None) -> bool:
    """Count one try; False when this account or address has none left in the present window."""
    return _take(_address_key(), settings.SIGN_IN_TRIES_PER_ADDRESS) and _take(
        _account_key(email, user), settings.SIGN_IN_TRIES_PER_ACCOUNT
    )


def forget_tries(email: str, user: User) -> None:
    """After a success: the account's tries from here begin anew.

    The address gets only this one back: a thousand people behind one address sign in on a morning, but who knows one
    password must not guess at all others for ever.
    """
    SignInTries.objects.filter(key=_account_key(email, user)).delete()
    SignInTries.objects.filter(key=_address_key(), count__gt=0).update(count=F("count") - 1)


def reserve_code_try(user: User) -> bool:
    """Count one user code that a signed-in person enters for a device; False when they have to wait."""
    return _take(f"code:{user.pk}", settings.SIGN_IN_TRIES_PER_ACCOUNT)


def forget_code_tries(user: User) -> None:
    SignInTries.objects.filter(key=f"code:{user.pk}").delete()


def forget_all_tries(user: User) -> None:
    """For the break-glass command: whatever was counted for this account under any address."""
    SignInTries.objects.filter(key__startswith=_key(user.email)).delete()


def _address_key() -> str:
    return f"address:{_network()}"


def _account_key(email: str, user: User | None) -> str:
    key = _key(normalize_email(email))
    # Both are asked of everybody, even of nobody: what is looked up takes time, which must not tell who exists.
    whoever = user or User()
    apart = any([_is_familiar(whoever), authority().is_last_administrator(whoever)])
    return f"{key}:{_network()}" if apart else key


def _network() -> str:
    address = context.current().source_ip or "unknown"
    return str(ipaddress.ip_network(f"{address}/{ONE_IPV6_NETWORK}", strict=False)) if ":" in address else address


def _key(name: str) -> str:
    # Hashed, because what strangers type in place of an e-mail has any length.
    return f"account:{sha256(name.encode()).hexdigest()}"


def _is_familiar(user: User) -> bool:
    address = context.current().source_ip
    if address is None:
        return False
    since = timezone.now() - FAMILIAR_FOR
    return Session.objects.filter(user=user, source_ip=address, created_at__gt=since).exists()


def _take(key: str, limit: int) -> bool:
    now = timezone.now()
    with transaction.atomic():
        if SignInTries.objects.filter(key=key, window_ends_at__gt=now, count__lt=limit).update(count=F("count") + 1):
            return True
        # With its count: a window that somebody began a moment ago has tries left.
        if SignInTries.objects.filter(key=key, window_ends_at__gt=now, count__gte=limit).exists():
            return False
        ends_at = now + settings.SIGN_IN_WINDOW
        if SignInTries.objects.filter(key=key, window_ends_at__lte=now).update(count=1, window_ends_at=ends_at):
            return True
    try:
        with transaction.atomic():
            SignInTries.objects.create(key=key, count=1, window_ends_at=ends_at)
    except IntegrityError:
        # Somebody else began the window meanwhile.
        return _take(key, limit)
    # Strangers make rows, so making one is when those of old windows go.
    SignInTries.objects.filter(window_ends_at__lt=now - settings.SIGN_IN_WINDOW).delete()
    return True
