"""Our keys for SAML providers: one signs, the next may be published before, an old one still decrypts."""

from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from django.db import transaction
from django.utils import timezone

import audit.services as audit
from common.actors import SYSTEM, Actor
from common.encryption import decrypt, encrypt, encrypted_again
from common.errors import Conflict
from common.locking import lock
from common.replacing import NamedSecret, Secrets, refuse_unnamed
from common.wording import Wording
from sso.models import IdentityProvider, ProviderSession, ServiceProviderKey
from sso.models.keys import KeyState
from sso.models.providers import ProviderType
from sso.services.authorization import require_to_manage

# Providers compare the certificate, and some refuse an expired one. Rollovers are rarer than this.
LIFETIME = timedelta(days=10 * 365)
COMMON_NAME_LENGTH = 64


def make_first_key(provider: IdentityProvider) -> None:
    _make(provider, KeyState.ACTIVE)


@transaction.atomic
def publish_next_key(*, actor: Actor, provider: IdentityProvider) -> ServiceProviderKey:
    """Begin a rollover: put the next certificate into our metadata, for the provider to learn."""
    require_to_manage(actor)
    if provider.type != ProviderType.SAML:
        raise Conflict(
            "no_certificates",
            Wording("{provider} is no SAML provider, and gets no certificate of ours.", provider=provider),
        )
    lock(provider)
    if provider.keys.filter(state=KeyState.NEXT).exists():
        raise Conflict("next_key_published", "The next certificate is published already. Use it, once it is known.")
    key = _make(provider, KeyState.NEXT)
    audit.record("identity_provider:key:publish", actor=actor, target=provider)
    return key


@transaction.atomic
def use_next_key(*, actor: Actor, provider: IdentityProvider) -> None:
    """Sign with the next key from now on. The old one still decrypts until it is removed."""
    require_to_manage(actor)
    lock(provider)
    refuse_unnamed(NEXT_KEY, provider)
    keys = provider.keys
    if not keys.filter(state=KeyState.NEXT).exists():
        raise Conflict("no_next_key", "Publish the next certificate first, and let the provider learn it.")
    keys.filter(state=KeyState.ACTIVE).update(state=KeyState.RETIRING)
    keys.filter(state=KeyState.NEXT).update(state=KeyState.ACTIVE)
    audit.record("identity_provider:key:use", actor=actor, target=provider)


@transaction.atomic
def remove_old_keys(*, actor: Actor, provider: IdentityProvider) -> int:
    """End a rollover. Messages encrypted for the old certificate can no longer be read."""
    require_to_manage(actor)
    lock(provider)
    refuse_unnamed(OLD_KEYS, provider)
    removed, _ = provider.keys.filter(state=KeyState.RETIRING).delete()
    if not removed:
        raise Conflict("no_old_key", "There is no old certificate to remove.")
    audit.record("identity_provider:key:remove", actor=actor, target=provider)
    return removed


def _in_state(state: KeyState, name: Wording) -> Secrets[IdentityProvider]:
    def named(key: ServiceProviderKey) -> NamedSecret:
        return NamedSecret(name, made_at=key.created_at)

    return Secrets(
        of=lambda provider: provider.keys.filter(state=state).order_by("pk").values_list("pk"),
        named=lambda provider: [named(key) for key in provider.keys.filter(state=state)],
    )


NEXT_KEY = _in_state(KeyState.NEXT, Wording("Next certificate"))
OLD_KEYS = _in_state(KeyState.RETIRING, Wording("Old certificate"))


@transaction.atomic
def encrypt_again() -> int:
    """Encrypt these keys and the client secrets by the newest of IDENTITY_ENCRYPTION_KEYS; return how many."""
    keys = list(ServiceProviderKey.objects.select_for_update())
    for key in keys:
        key.private_key_encrypted = encrypted_again(bytes(key.private_key_encrypted))
        key.save(update_fields=["private_key_encrypted"])
    providers = list(IdentityProvider.objects.select_for_update().exclude(client_secret_encrypted=b""))
    for provider in providers:
        provider.client_secret_encrypted = encrypted_again(bytes(provider.client_secret_encrypted))
        provider.save(update_fields=["client_secret_encrypted"])
    sessions = list(ProviderSession.objects.select_for_update().exclude(refresh_token_encrypted=b""))
    for session in sessions:
        session.refresh_token_encrypted = encrypted_again(bytes(session.refresh_token_encrypted))
        session.save(update_fields=["refresh_token_encrypted"])
    count = len(keys) + len(providers) + len(sessions)
    if count:
        audit.record("identity_provider:encrypt", actor=SYSTEM, count=count)
    return count


def require_readable() -> None:
    """Unavailable where a key or a client secret can't be read with IDENTITY_ENCRYPTION_KEYS."""
    keys = ServiceProviderKey.objects.values_list("private_key_encrypted", flat=True)
    secrets = IdentityProvider.objects.exclude(client_secret_encrypted=b"")
    for encrypted in (*keys, *secrets.values_list("client_secret_encrypted", flat=True)):
        decrypt(bytes(encrypted))


def _make(provider: IdentityProvider, state: KeyState) -> ServiceProviderKey:
    now = timezone.now()
    key = generate()
    return ServiceProviderKey.objects.create(
        provider=provider,
        state=state,
        certificate=_self_signed(key, f"runai-identity {provider.alias}", now),
        private_key_encrypted=encrypt(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())),
        not_after=now + LIFETIME,
    )


def generate() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=3072)


def _self_signed(key: rsa.RSAPrivateKey, name: str, now: datetime) -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:COMMON_NAME_LENGTH])])
    builder = x509.CertificateBuilder(
        issuer_name=subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        # A provider whose clock is behind ours would refuse it otherwise.
        not_valid_before=(now - timedelta(days=1)).astimezone(UTC),
        not_valid_after=(now + LIFETIME).astimezone(UTC),
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
