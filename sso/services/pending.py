"""A verified assertion, kept until the browser that began the sign-in fetches it."""

import json
import secrets
from datetime import timedelta

from django.utils import timezone

from common.encryption import decrypt, encrypt
from common.hashes import sha256_of
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.models import IdentityProvider, WaitingSignIn

WAITS_FOR = timedelta(seconds=60)


def store_assertion(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> str:
    """Store the assertion for a minute, encrypted, and return the handle for the browser."""
    handle = secrets.token_urlsafe(32)
    kept = {"said": assertion.as_json(), "trial": log.as_json()}
    WaitingSignIn.objects.create(
        handle_hash=sha256_of(handle),
        provider=provider,
        said_encrypted=encrypt(json.dumps(kept).encode()),
        expires_at=timezone.now() + WAITS_FOR,
    )
    return handle


def take_assertion(provider: IdentityProvider, handle: str, log: CheckLog) -> VerifiedAssertion | None:
    """Return the assertion once, and add its checks to `log`; None if it was taken or has expired."""
    waiting = WaitingSignIn.objects.filter(handle_hash=sha256_of(handle), provider=provider)
    row = waiting.first()
    if row is None or not waiting.delete()[0] or row.expires_at <= timezone.now():
        return None
    kept = json.loads(decrypt(bytes(row.said_encrypted)))
    log.add(CheckLog.from_json(kept["trial"]))
    return VerifiedAssertion.from_json(kept["said"])
