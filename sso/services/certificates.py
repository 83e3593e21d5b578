"""Certificates of a provider and of ours, and when they expire."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from common.certificates import describe_pem
from common.wording import Wording
from sso.models import IdentityProvider
from sso.models.keys import KeyState
from sso.models.providers import ProviderType

WARN_WITHIN_DAYS = 30


@dataclass(frozen=True)
class CertificateStatus:
    """One certificate for display."""

    whose: str
    subject: str
    fingerprint: str
    ends_at: datetime

    @property
    def days_left(self) -> int:
        return (self.ends_at - timezone.now()).days

    @property
    def state(self) -> str:
        if self.days_left < 0:
            return "over"
        return "soon" if self.days_left < WARN_WITHIN_DAYS else "fine"

    @property
    def words(self) -> str:
        if self.days_left < 0:
            return Wording.counted("ended {number} day ago", "ended {number} days ago", -self.days_left)
        return Wording.counted("in {number} day", "in {number} days", self.days_left)


def certificates_of(provider: IdentityProvider) -> list[CertificateStatus]:
    """Return the provider's certificates, then ours. OpenID Connect providers have none here."""
    if provider.type != ProviderType.SAML:
        return []
    return [*_theirs(provider), *_ours(provider)]


def soonest_end(provider: IdentityProvider) -> CertificateStatus | None:
    """Return the provider's certificate that expires last: before that, a newer one takes over."""
    return (
        max(_theirs(provider), key=lambda one: one.ends_at, default=None)
        if provider.type == ProviderType.SAML
        else None
    )


def _theirs(provider: IdentityProvider) -> Iterator[CertificateStatus]:
    for pem in provider.peer.get("certificates", ()):
        facts = describe_pem(pem)
        yield CertificateStatus(Wording("the provider's, signs"), facts.subject, facts.fingerprint, facts.not_after)


def _ours(provider: IdentityProvider) -> Iterator[CertificateStatus]:
    for key in provider.keys.all():
        facts = describe_pem(key.certificate)
        yield CertificateStatus(
            Wording("ours, {state}", state=Wording(str(KeyState(key.state).label))),
            facts.subject,
            facts.fingerprint,
            facts.not_after,
        )
