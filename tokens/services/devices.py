"""The device authorization grant (RFC 8628): a device without a browser waits while somebody enters its code."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.crypto import salted_hmac

import audit.services as audit
from accounts.models import Session, User
from accounts.services.throttle import forget_code_tries, reserve_code_try, reserve_device
from common import context
from common.errors import Forbidden, Invalid, Unauthenticated
from common.hashes import sha256_of
from common.locking import hold
from tokens.claims import understood
from tokens.models import Application, DeviceCode
from tokens.models.applications import GrantType
from tokens.services.gate import gate, hold_parties
from tokens.services.grants import begin
from tokens.services.issue import Issued, recording_refusals, scope_for, target_for

# RFC 8628 §6.1: no vowels, so that no word comes out, and nothing that reads like something else. 20^8 = 2^34.
ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
INTERVAL = 5  # seconds between polls, and how much a hasty device has to wait longer (RFC 8628 §3.5)


@dataclass(frozen=True)
class Waiting:
    device_code: str
    user_code: str
    expires_in: int
    interval: int


def start_device(*, application: Application, scope: list[str], audience: str = "") -> Waiting:
    """Codes for a device that waits, and for the person who will let it in; TooMany when enough of them wait.

    Anybody may ask in the name of a public client, and each device is a row until its codes expire.
    """
    if not set(understood(scope)) <= set(application.scopes):
        raise Invalid("invalid_scope", f"{application} may not ask for this scope.")
    target_for(application, audience)
    reserve_device(application.client_id)
    waiting = Waiting(secrets.token_urlsafe(32), _new_user_code(), _seconds(), INTERVAL)
    here = context.current()
    with transaction.atomic():
        hold(application)
        DeviceCode.objects.create(
            device_code_hash=sha256_of(waiting.device_code),
            user_code_hash=_hash_user_code(waiting.user_code),
            application=application,
            scope=" ".join(scope_for(application, scope)),
            audience=audience,
            source_ip=here.source_ip,
            user_agent=here.user_agent,
            expires_at=timezone.now() + settings.DEVICE_CODE_LIFETIME,
            interval=INTERVAL,
        )
    return waiting


def find_waiting(user_code: str, *, user: User) -> DeviceCode:
    """Return the device that waits under this code, or Invalid `unknown_user_code`.

    Wrong codes are counted (RFC 8628 §5.1).
    """
    if not reserve_code_try(user):
        raise Invalid("too_many_tries", "You entered too many wrong codes. Try again in a quarter of an hour.")
    undecided = DeviceCode.objects.filter(approved_in=None, denied_at=None, expires_at__gt=timezone.now())
    found = undecided.select_related("application").filter(user_code_hash=_hash_user_code(user_code)).first()
    if found is None:
        raise Invalid("unknown_user_code", "No device waits under this code. It may have expired: start again there.")
    forget_code_tries(user)
    return found


@transaction.atomic
def approve(*, session: Session, waiting: DeviceCode) -> None:
    """Let the device in as the person of this session; Refused when the gate is shut."""
    hold_parties(session.user, waiting.application)
    gate(user_id=session.user_id, session_id=session.pk, client_id=waiting.application.client_id)
    _decide(waiting, session, approved_in=session)
    audit.record("device:approve", actor=session.user, target=session, client_id=waiting.application.client_id)


@transaction.atomic
def deny(*, session: Session, waiting: DeviceCode) -> None:
    _decide(waiting, session, denied_at=timezone.now())
    audit.record("device:deny", actor=session.user, target=session, client_id=waiting.application.client_id)


def poll(device_code: str, *, application: Application, audience: str = "") -> Issued:
    """Its tokens, once, for another `audience` where one is named; until then Invalid in the words of RFC 8628 §3.5."""
    waiting = (
        DeviceCode.objects.select_related("approved_in__user", "application")
        .filter(pk=sha256_of(device_code), application=application)
        .first()
    )
    if waiting is None:
        raise Unauthenticated("invalid_grant", "The device code is unknown, or was used.")
    if waiting.expires_at <= timezone.now():
        raise Invalid("expired_token", "The device code has expired. Start again.")
    if waiting.denied_at is not None:
        raise Forbidden("access_denied", "The person said no.")
    _keep_the_pace(waiting)
    if waiting.approved_in is None:
        raise Invalid("authorization_pending", "Nobody has entered the code yet.")
    return _redeem(waiting, waiting.approved_in, audience)


def _redeem(waiting: DeviceCode, approved_in: Session, audience: str) -> Issued:
    with recording_refusals(approved_in.user), transaction.atomic():
        issued, _ = begin(
            session=approved_in,
            application=waiting.application,
            scope=waiting.scope,
            audience=waiting.audience,
            first_audience=audience,
            grant_type=GrantType.DEVICE_CODE,
        )
        used, _ = DeviceCode.objects.filter(pk=waiting.pk).delete()
        if not used:  # by another request, and what was begun here is not
            raise Unauthenticated("invalid_grant", "The device code is unknown, or was used.")
    return issued


def _keep_the_pace(waiting: DeviceCode) -> None:
    """Have a device that asks too early wait five seconds longer from now on."""
    now = timezone.now()
    earliest = (waiting.polled_at or waiting.created_at) + timedelta(seconds=waiting.interval)
    here = DeviceCode.objects.filter(pk=waiting.pk)
    if waiting.polled_at is not None and now < earliest:
        here.update(polled_at=now, interval=Least(F("interval") + INTERVAL, _seconds()))
        raise Invalid("slow_down", "Poll more slowly: five seconds more between polls from now on.")
    here.update(polled_at=now)


def _decide(waiting: DeviceCode, session: Session, **decision: object) -> None:
    undecided = DeviceCode.objects.filter(pk=waiting.pk, approved_in=None, denied_at=None)
    if not undecided.filter(expires_at__gt=timezone.now()).update(**decision):
        raise Invalid("unknown_user_code", "This code was answered already, or has expired.")


def _new_user_code() -> str:
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _hash_user_code(user_code: str) -> str:
    """Under a key of the server: 34 bits are soon tried by who reads the table. Typed in any case, with any dash."""
    letters = "".join(char for char in user_code.upper() if char in ALPHABET)
    return salted_hmac("tokens.devices.user_code", letters, algorithm="sha256").hexdigest()


def _seconds() -> int:
    return int(settings.DEVICE_CODE_LIFETIME.total_seconds())
