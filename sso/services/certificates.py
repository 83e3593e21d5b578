"""A provider's certificates, ours and its metadata, and when each of them ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from common.certificates import describe_pem
from common.wording import Wording
from sso.models import IdentityProvider
from sso.models.keys import KeyState
from sso.models.providers import ProviderType

WARN_WITHIN_DAYS = 30


@dataclass(frozen=True)
class EndStatus:
    """When something of a provider ends, for display."""

    ends_at: datetime

    @property
    def days_left(self) -> float:
        """Return days and their fraction; from the end on they are negative."""
        return (self.ends_at - timezone.now()) / timedelta(days=1)

    @property
    def state(self) -> str:
        if self.days_left <= 0:
            return "over"
        return "soon" if self.days_left < WARN_WITHIN_DAYS else "fine"


@dataclass(frozen=True)
class CertificateStatus(EndStatus):
    """One certificate for display."""

    whose: str
    subject: str
    fingerprint: str


def metadata_end(provider: IdentityProvider) -> EndStatus | None:
    """Return when the metadata ends, if it does."""
    return EndStatus(provider.metadata_valid_until) if provider.metadata_valid_until else None


def metadata_ends_soon(provider: IdentityProvider) -> EndStatus | None:
    """Return when the metadata ends, or ended, if somebody has to do something about it.

    What is fetched each day mostly ends soon, and is replaced before.
    """
    end = metadata_end(provider)
    if end is None or end.state == "fine":
        return None
    replaced = bool(provider.metadata_url) and not provider.metadata_problem
    return None if replaced and end.state == "soon" else end


def renewal_of(provider: IdentityProvider) -> Wording:
    """Return what to do about metadata or certificates that end."""
    if provider.metadata_url:
        return Wording("Fetch the metadata again, or give the present one.")
    return Wording("Give the present metadata.")


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
        yield CertificateStatus(facts.not_after, Wording("the provider's, signs"), facts.subject, facts.fingerprint)


def _ours(provider: IdentityProvider) -> Iterator[CertificateStatus]:
    for key in provider.keys.all():
        facts = describe_pem(key.certificate)
        yield CertificateStatus(
            facts.not_after,
            Wording("ours, {state}", state=Wording(str(KeyState(key.state).label))),
            facts.subject,
            facts.fingerprint,
        )
