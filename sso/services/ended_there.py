"""Sessions that the provider ended before they began here.

A LogoutRequest also counts for assertions that arrive after it (SAML Core §3.7.3.1): one that was issued earlier and
waits for its browser, or that somebody keeps back, begins no session.
"""

from collections.abc import Mapping
from datetime import datetime

from common.hashes import sha256_of
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.models import IdentityProvider, SeenAssertion
from sso.models.providers import NameIDFormat
from sso.saml.values import LogoutRequest
from sso.services.pending import WAITS_FOR
from sso.services.subjects import in_small_letters


def note_ended(provider: IdentityProvider, asked: LogoutRequest) -> None:
    """Note what a LogoutRequest means, for as long as an assertion from before it can be completed.

    Call it with the provider locked: then each sign-in sees this, or has its session already.
    """
    until = datetime.fromisoformat(asked.ends_until) + WAITS_FOR
    digests = {_digest(asked.subject, asked.name_id, index) for index in asked.session_indexes or [""]}
    SeenAssertion.objects.bulk_create(
        [SeenAssertion(provider=provider, digest=one, expires_at=until) for one in sorted(digests)],
        update_conflicts=True,
        unique_fields=["provider", "digest"],
        update_fields=["expires_at"],
    )


def refuse_ended(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> None:
    """Refuse an assertion from before a LogoutRequest for its session. Call it while the provider is held."""
    if assertion.usable_until is None:
        return
    subject = assertion.name_id.get("Text", "")
    digests = {_digest(subject, assertion.name_id, index) for index in ("", assertion.session_index)}
    ended = SeenAssertion.objects.filter(
        provider=provider, digest__in=digests, expires_at__gte=assertion.usable_until + WAITS_FOR
    )
    if ended.exists():
        log.refuse("The provider's own session goes on", "signed_out_there", "It was ended by single logout.")


def _digest(subject: str, name_id: Mapping[str, str], index: str) -> str:
    if name_id.get("Format") == NameIDFormat.EMAIL:
        subject = in_small_letters(subject)
    # Neither part can look like the other: the length comes first.
    return sha256_of(f"ended {len(subject)} {subject} {index[:512]}")
