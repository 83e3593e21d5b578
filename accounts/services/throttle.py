"""Limit sign-in attempts; docs/security.md has the limits and their reasons.

A try is counted before the password is looked at. Two counters: one for the address, and one for the account. The
account's counter is another one for an address from which it has signed in before, and for the last administrator: what
strangers try can't lock either out.

The counters are bounded, whoever asks from wherever: addresses share a fixed number of them, and so do e-mails that
nobody has. Two addresses meet in one rarely, and nobody can tell which do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Session, SignInTries, User
from accounts.models.users import normalize_email
from accounts.names import LONGEST_EMAIL
from accounts.ports.tried import tried
from audit.models import Event, Result
from common import context
from common.counting import bucket, give_back, latest_end, take, take_each
from common.errors import TooMany
from common.forwarding import network_of
from common.hashes import sha256_of

FAMILIAR_FOR = timedelta(days=90)
MOST_LOCKED = 20
# Refusals that repeat are counted on an entry of the same hour, or of the same day (audit.repeats).
LONGEST_UNTOLD = timedelta(days=1)
# Of up to 16 KB each.
KEPT_REQUESTS_PER_ADDRESS = 1000
KEPT_REQUESTS_IN_ALL = 5000
KEPT_REQUESTS_WITHIN = timedelta(minutes=30)

RECOVERIES_PER_ADDRESS = 20  # in SIGN_IN_WINDOW
RECOVERIES_PER_ACCOUNT = 3
RECOVERIES_WITHIN = timedelta(hours=1)

# To lock all addresses out somebody would have to fail six million times in a window.
ADDRESS_COUNTERS = 65_536
NOBODYS_COUNTERS = 1024


def reserve_from_here() -> bool:
    """Count one try to sign in from this address; False when it has none left in the present window."""
    return _take(_address_key(), settings.SIGN_IN_TRIES_PER_ADDRESS)


@dataclass(frozen=True)
class Try:
    """A try of a password that was counted, unless there was none left of this address or of this account."""

    user: User | None
    address_key: str
    account_key: str
    left_here: bool
    left: bool


def reserve_try(email: str) -> Try:
    """Look up whose password is tried, and count the try; nothing under the account if the address has none left."""
    user, apart = _whoever(email)
    here, account = _address_key(), _account_key(email, user, apart=apart)
    limits = {here: settings.SIGN_IN_TRIES_PER_ADDRESS, account: settings.SIGN_IN_TRIES_PER_ACCOUNT}
    taken = take_each(SignInTries, limits, window=settings.SIGN_IN_WINDOW)
    return Try(user, here, account, left_here=here in taken, left=account in taken)


def give_back_from_here() -> None:
    """Take back one try of this address after a success: a thousand people behind one sign in on a morning.

    Not more than this one: who knows one password must not guess at all others for ever.
    """
    SignInTries.objects.filter(key=_address_key(), count__gt=0).update(count=F("count") - 1)


def forget_tries(made: Try) -> None:
    """Let the account's tries from here begin anew after a success, and take back this one of the address."""
    give_back(SignInTries, made.address_key, and_all=made.account_key)


def reserve_device(client_id: str) -> None:
    """Count one device that begins to wait for its person; TooMany when enough of them wait."""
    window = settings.DEVICE_CODE_LIFETIME
    for key, limit in (
        (f"device:{_here()}", settings.DEVICES_PER_ADDRESS),
        (f"device:client:{client_id}", settings.DEVICES_PER_CLIENT),
        ("device:", settings.DEVICES_IN_ALL),
    ):
        if not take(SignInTries, key, limit=limit, window=window):
            raise TooMany(
                "slow_down",
                "Too many devices have begun to sign in. Try again later.",
                retry_after=_seconds_left(key),
            )


def reserve_kept_request() -> None:
    """Count one long authorization request that is kept while somebody signs in; TooMany when enough are.

    Many people sign in from one address, so that the bound is on the rows and not on whoever is behind it.
    """
    for key, limit in ((f"request:{_here()}", KEPT_REQUESTS_PER_ADDRESS), ("request:", KEPT_REQUESTS_IN_ALL)):
        if not take(SignInTries, key, limit=limit, window=KEPT_REQUESTS_WITHIN):
            message = "Too many people are signing in with requests as long as this one. Try again later."
            raise TooMany("slow_down", message, retry_after=_seconds_left(key))


def reserve_recovery() -> None:
    """Count one request from this address for a new password by mail; TooMany when it made enough."""
    key = f"recovery:{_here()}"
    if not _take(key, RECOVERIES_PER_ADDRESS):
        raise TooMany(
            "slow_down",
            "Too many new passwords were asked for from this address. Try again later.",
            retry_after=_seconds_left(key),
        )


def reserve_recovery_of(user: User) -> bool:
    """Count one mail that recovers the password of this account; False when it was sent enough."""
    return take(SignInTries, f"recovery of:{user.pk}", limit=RECOVERIES_PER_ACCOUNT, window=RECOVERIES_WITHIN)


def reserve_code_try(user: User) -> bool:
    """Count one user code that a signed-in person enters for a device; False when they have to wait."""
    return _take(f"code:{user.pk}", settings.SIGN_IN_TRIES_PER_ACCOUNT)


def forget_code_tries(user: User) -> None:
    """Let the tries of user codes begin anew, after one was right."""
    SignInTries.objects.filter(key=f"code:{user.pk}").delete()


def reserve_factor_try(user: User) -> bool:
    """Count one try of a second factor by who knew the password; False when this account has none left.

    It is fewer than for passwords: a code has six digits, and whoever comes here knows the password.
    """
    return _take(_factor_key(user), settings.SECOND_FACTOR_TRIES)


def forget_factor_tries(user: User) -> None:
    """Let the tries of second factors from here begin anew, after one was right."""
    SignInTries.objects.filter(key=_factor_key(user)).delete()


def forget_all_factor_tries(user: User) -> None:
    """Forget the tries of all addresses after the factors were reset: they were about what is gone."""
    SignInTries.objects.filter(key__startswith=f"factor:{user.pk}").delete()


def forget_all_tries(user: User) -> None:
    """Forget what was counted for this account, under any address, after its password was set anew."""
    SignInTries.objects.filter(key__startswith=_key(user.email)).delete()


def locked_until(user: User) -> datetime | None:
    """Return until when some address may not try passwords of this account; None if every address may."""
    counters = _present(SignInTries.objects.filter(key__startswith=_key(user.email)))
    full = counters.filter(count__gte=settings.SIGN_IN_TRIES_PER_ACCOUNT).order_by("-window_ends_at")
    return full.values_list("window_ends_at", flat=True).first()


def locked_accounts(among: QuerySet[User]) -> list[tuple[User, datetime]]:
    """Return those of `among` whose passwords are refused untried now, each with the end of it; at most MOST_LOCKED.

    A counter knows its account by a hash, so the accounts are those of the latest refused tries.
    """
    now = timezone.now()
    counters = _present(SignInTries.objects.filter(key__startswith="account:"))
    full = counters.filter(count__gte=settings.SIGN_IN_TRIES_PER_ACCOUNT).values_list("key", "window_ends_at")
    until: dict[str, datetime] = {}
    for key, ends_at in full[: 10 * MOST_LOCKED]:
        account = ":".join(key.split(":")[:2])
        until[account] = max(ends_at, until.get(account, ends_at))
    refused = Event.objects.filter(at__gt=now - LONGEST_UNTOLD, action="session:sign-in", result=Result.FAILED)
    names = {*refused.order_by("-at").values_list("entity_name", flat=True)[: 100 * MOST_LOCKED]} if until else set()
    locked = among.filter(email__in=[name for name in names if _key(name) in until])
    return [(user, until[_key(user.email)]) for user in locked[:MOST_LOCKED]]


def seconds_to_wait_here() -> int:
    """Return in how many seconds this address may try again, at least 1."""
    return _seconds_left(_address_key())


def _take(key: str, limit: int) -> bool:
    return take(SignInTries, key, limit=limit, window=settings.SIGN_IN_WINDOW)


def _present(counters: QuerySet[SignInTries]) -> QuerySet[SignInTries]:
    now = timezone.now()
    return counters.filter(window_ends_at__gt=now, window_ends_at__lte=latest_end(now, settings.SIGN_IN_WINDOW))


def _seconds_left(key: str) -> int:
    ends_at = SignInTries.objects.filter(key=key).values_list("window_ends_at", flat=True).first()
    return max(1, int((ends_at - timezone.now()).total_seconds())) if ends_at else 1


def _address_key() -> str:
    return f"address:{_here()}"


def _account_key(email: str, user: User | None, *, apart: bool) -> str:
    key = _key(normalize_email(email)) if user else f"nobody:{bucket(normalize_email(email), of=NOBODYS_COUNTERS)}"
    return f"{key}:{_here()}" if apart else key


def _factor_key(user: User) -> str:
    """Return the counter's key. Where they signed in before has its own.

    Who learned the password locks nobody out there.
    """
    return f"factor:{user.pk}:{_here()}" if _is_familiar(user) else f"factor:{user.pk}"


def _whoever(email: str) -> tuple[User | None, bool]:
    """Return the user of this e-mail, and whether tries from here are counted apart: one statement, whoever it is."""
    readable = email if len(email) <= LONGEST_EMAIL and "\x00" not in email else ""
    since = timezone.now() - FAMILIAR_FOR
    found = tried(normalize_email(readable), source_ip=context.current().source_ip, since=since)
    return found.user, found.is_familiar or found.is_last_administrator


def _here() -> int:
    """Return the counter of this address."""
    return bucket(network_of(context.current().source_ip), of=ADDRESS_COUNTERS)


def _key(name: str) -> str:
    # Hashed, because what strangers type in place of an e-mail has any length.
    return f"account:{sha256_of(name)}"


def _is_familiar(user: User) -> bool:
    """Return True for who signed in from this address lately."""
    since, address = timezone.now() - FAMILIAR_FOR, context.current().source_ip
    return bool(address) and Session.objects.filter(user=user, source_ip=address, created_at__gt=since).exists()
