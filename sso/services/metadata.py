"""Provider metadata: read when connected, again every day, and at an unknown signing key."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import transaction
from django.utils import timezone

import audit.services as audit
from common.actors import SYSTEM, Actor
from common.announcements import Changed, announce
from common.connections import SECONDS
from common.errors import DomainError, Invalid, NotFound
from common.locking import lock
from common.outbound import fetch
from common.wording import Wording
from sso.check_log import CheckLog, SignInRefused
from sso.models import IdentityProvider
from sso.protocols import protocol_of
from sso.refusals import METADATA
from sso.services.authorization import require_to_manage

T = TypeVar("T")
logger = logging.getLogger(__name__)

MOST_BYTES = 5 * 1024 * 1024
EVERY = timedelta(days=1)
AGAIN_AFTER_FAILURE = timedelta(hours=1)
# A stranger's signatures must not make us fetch each time, or wait long.
NOT_SOONER_THAN = timedelta(minutes=5)
SECONDS_FOR_STRANGERS = 3.0
READ = ("peer", "metadata_text", "metadata_read_at", "metadata_valid_until", "metadata_problem", "metadata_due_at")
FROM_METADATA = ("metadata_url", *READ)


def load_metadata(provider: IdentityProvider, *, url: str, text: str) -> None:
    """Set the provider's metadata from its address or the given text, without saving."""
    if not url and not text:
        raise Invalid("bad_metadata", "Give the address of the provider's metadata, or the metadata.", field="metadata")
    _take(provider, url, text or _fetched(url))
    provider.metadata_url = url
    if not url:
        provider.metadata_due_at = None


def refresh_metadata(*, actor: Actor, provider: IdentityProvider) -> None:
    """Fetch the metadata again. On failure the last good one stays, and the failure is reported."""
    require_to_manage(actor)
    if not provider.metadata_url:
        raise Invalid("no_metadata_url", "This provider's metadata was given as a file. Give it again to change it.")
    problem = _refresh(provider)
    audit.record("identity_provider:metadata:refresh", actor=actor, target=provider, problem=problem)
    if problem:
        raise Invalid("bad_metadata", problem)


def refresh_due() -> int:
    """Refresh metadata that is a day old; return how many. Replicas claim each one first."""
    now = timezone.now()
    due = IdentityProvider.objects.filter(metadata_due_at__lte=now)
    return sum(_refresh_claimed(provider) for provider in due)


def refresh_for_unknown_key(provider: IdentityProvider) -> bool:
    """Fetch metadata again after a signature by an unknown key. Return True if it is fresh now."""
    now = timezone.now()
    unclaimed = IdentityProvider.objects.filter(pk=provider.pk).exclude(metadata_url="")
    for at in ("metadata_read_at", "metadata_tried_at"):
        # Also after a failure: otherwise each sign-in would wait for the timeout of an absent host.
        unclaimed = unclaimed.exclude(**{f"{at}__gt": now - NOT_SOONER_THAN})
    if not unclaimed.update(metadata_tried_at=now):
        return False
    return not _refreshed(provider, seconds=SECONDS_FOR_STRANGERS)


def require_valid_metadata(provider: IdentityProvider, log: CheckLog, *, check: str = METADATA) -> None:
    """Refuse a sign-in by metadata that is over (SAML Metadata §2.3.2): its keys may have been withdrawn since."""
    until = provider.metadata_valid_until
    if until is not None and until <= timezone.now():
        log.refuse(
            check,
            "metadata_over",
            Wording("It was valid until {end} UTC.", end=f"{until:%Y-%m-%d %H:%M:%S}"),
        )


def by_known_key(provider: IdentityProvider, log: CheckLog, read: Callable[[], T]) -> T:
    """Read a signed message; once more with new metadata if the key is unknown. Raise what `read` raises then."""
    try:
        return read()
    except SignInRefused as refusal:
        if refusal.code != "bad_signature" or not refresh_for_unknown_key(provider):
            raise
    log.noted("The provider's metadata", "The key was not known, so its metadata was fetched again.")
    return read()


def _refresh_claimed(provider: IdentityProvider) -> bool:
    unclaimed = IdentityProvider.objects.filter(pk=provider.pk, metadata_due_at=provider.metadata_due_at)
    if not unclaimed.update(metadata_due_at=timezone.now() + AGAIN_AFTER_FAILURE):
        return False
    with suppress(NotFound):  # deleted while its metadata was fetched
        return not _refreshed(provider)
    return False


def _refreshed(provider: IdentityProvider, *, seconds: float = SECONDS) -> str:
    problem = _refresh(provider, seconds=seconds)
    if problem:
        logger.warning("metadata of identity provider %s: %s", provider.alias, problem)
    return problem


def _refresh(provider: IdentityProvider, *, seconds: float = SECONDS) -> str:
    """Refresh, and return the problem, if any. The last good metadata stays then."""
    before, until = provider.peer, provider.metadata_valid_until
    try:
        _take(provider, provider.metadata_url, _fetched(provider.metadata_url, seconds=seconds))
        if _issuer(provider.peer) != _issuer(before):
            provider.peer, provider.metadata_valid_until = before, until
            raise Invalid("bad_metadata", "The metadata is of another provider now: its entity ID or issuer changed.")
    except DomainError as refusal:
        provider.metadata_problem = refusal.message[:500]
        provider.metadata_due_at = timezone.now() + AGAIN_AFTER_FAILURE
        _is_saved(provider, "metadata_problem", "metadata_due_at")
        return refusal.message
    if _is_saved(provider, *READ, "updated_at") and provider.peer != before:
        audit.record("identity_provider:metadata:change", actor=SYSTEM, target=provider)
    return ""


@transaction.atomic
def _is_saved(provider: IdentityProvider, *fields: str) -> bool:
    """Return False if an administrator gave other metadata while this was fetched: theirs stays."""
    current = lock(provider)
    if current.metadata_url != provider.metadata_url or current.metadata_entity_id != provider.metadata_entity_id:
        return False
    provider.save(update_fields=fields)
    if provider.peer != current.peer:
        announce(Changed.PROVIDER, provider)
    return True


def _take(provider: IdentityProvider, url: str, text: str) -> None:
    peer = protocol_of(provider).read_metadata(text, url=url, entity_id=provider.metadata_entity_id)
    until, cached = peer.pop("valid_until", ""), peer.pop("cache_seconds", None)
    now = timezone.now()
    provider.peer = peer
    provider.metadata_text = text
    provider.metadata_read_at = now
    provider.metadata_valid_until = datetime.fromisoformat(until) if until else None
    provider.metadata_due_at = _due(now, provider.metadata_valid_until, cached)
    provider.metadata_problem = ""


def _due(now: datetime, until: datetime | None, cached: float | None) -> datetime:
    """Return when to read it again: every day, sooner if it may not be kept so long, but not more than once an hour."""
    longest = EVERY.total_seconds()
    due = now + timedelta(seconds=longest if cached is None else min(cached, longest))
    return max(min(due, until or due), now + AGAIN_AFTER_FAILURE)


def _fetched(url: str, *, seconds: float = SECONDS) -> str:
    try:
        return fetch(url, most_bytes=MOST_BYTES, seconds=seconds).decode()
    except UnicodeDecodeError:
        raise Invalid("bad_metadata", "The metadata is not UTF-8.", field="metadata_url") from None


def _issuer(peer: dict[str, object]) -> object:
    return peer.get("entity_id") or peer.get("issuer")
