"""The provider's names for a session: for single logout, and for asking the directory again."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Session
from common.encryption import encrypt
from sso.assertion import VerifiedAssertion
from sso.models import Identity, ProviderSession

CHECKED_EVERY = timedelta(minutes=15)


def note_provider_session(session: Session, identity: Identity, assertion: VerifiedAssertion) -> None:
    """Keep how the provider knows this session; who signs in again keeps the session, and may get other names."""
    # Only with a userinfo endpoint: a new access token alone says nothing about the user.
    refresh_token = assertion.refresh_token if identity.provider.peer.get("userinfo_endpoint") else ""
    known_there = {
        "identity": identity,
        "name_id": assertion.name_id,
        "session_index": assertion.session_index,
        "refresh_token_encrypted": encrypt(refresh_token.encode()) if refresh_token else b"",
        "check_at": timezone.now() + CHECKED_EVERY if refresh_token else None,
    }
    ProviderSession.objects.bulk_create(
        [ProviderSession(session=session, **known_there)],
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=[*known_there],
    )
