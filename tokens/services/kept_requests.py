"""Authorization requests that are too long to be carried through the sign-in, kept here and known by a reference.

oauth2-proxy puts the address that somebody wanted into `state`, which makes some requests longer than what pages,
identity providers and cookies carry on. Much like a pushed request (RFC 9126), but pushed by us, and of use to nobody
else: it is sent on as it came, and judged as if it came then.
"""

import secrets
from datetime import timedelta

from django.utils import timezone

from accounts.services.throttle import reserve_kept_request
from common.hashes import sha256_of
from tokens.models import KeptRequest

# A sign-in takes no longer: the time since when it was asked for is signed for as long.
KEPT_FOR = timedelta(minutes=30)


def keep_request(query: str) -> str:
    """Return the reference by which this query is found again; TooMany when enough are kept."""
    reserve_kept_request()
    reference = secrets.token_urlsafe(32)
    expires_at = timezone.now() + KEPT_FOR
    KeptRequest.objects.create(reference_hash=sha256_of(reference), query=query, expires_at=expires_at)
    return reference


def kept_request(reference: str) -> str | None:
    """Return the query; None when nobody kept one, or too long ago."""
    kept = KeptRequest.objects.filter(pk=sha256_of(reference), expires_at__gt=timezone.now()).first()
    return kept.query if kept else None
