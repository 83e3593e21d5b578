"""Signing keys: made, published, put to work, and taken back."""

import base64
import hashlib
import json
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

import audit.services as audit
from access.services import require
from common.actors import SYSTEM, Actor
from common.bookkeeping import note
from common.encryption import decrypt, encrypt, encrypted_again
from common.errors import Conflict, Unavailable
from common.wording import Wording
from tokens import keyring
from tokens.models import Application, SigningKey
from tokens.models.keys import Algorithm, State
from tokens.ports.verifiers import Verifier, shortened, verifiers

# What RFC 7638 §3.2 makes a thumbprint of, for RSA and EC.
PUBLIC_MEMBERS = ("crv", "e", "kty", "n", "x", "y")

LOOK_EVERY = 60.0
KEPT_AFTER_TOKENS_DIED = timedelta(hours=24)

_looked_at = 0.0


@transaction.atomic
def ensure_keys() -> None:
    """Make what is missing: for each algorithm a key that signs and one that will."""
    for algorithm in Algorithm:
        states = set(SigningKey.objects.filter(algorithm=algorithm).values_list("state", flat=True))
        for state in (State.ACTIVE, State.NEXT):
            if state not in states:
                _make_first(algorithm, state)
    transaction.on_commit(keyring.forget)


@transaction.atomic
def rotate(*, actor: Actor, algorithm: Algorithm) -> SigningKey:
    """Put the next key to work; the old one stays published while its tokens live. Nothing that is valid breaks.

    Refused while verifiers may not know the next key yet.
    """
    require(actor, "update", "settings")
    _, following = _pair(algorithm)
    ready_at = activates_at(following)
    if ready_at > timezone.now():
        raise Conflict(
            "next_key_too_young",
            Wording(
                "The next key was published at {published} UTC, and clusters may not have fetched "
                "it yet. It can sign from {ready} UTC on.",
                published=f"{following.created_at:%Y-%m-%d %H:%M}",
                ready=f"{ready_at:%Y-%m-%d %H:%M}",
            ),
        )
    return _turn(actor, algorithm)


@transaction.atomic
def rotate_at_once(*, actor: Actor, algorithm: Algorithm) -> SigningKey:
    """Withdraw every key there is after a leak, and sign with one that nobody has seen.

    Every token issued so far is refused from now on. The next key won't do: clusters that verify offline know it, and
    fetch the keys again only for a token of an unknown one; until then they trust the leaked key. With a new one they
    refuse new tokens for up to `JWKS_MAX_AGE`, then fetch, and forget what was withdrawn.
    """
    require(actor, "update", "settings")
    old, _ = _pair(algorithm)
    _withdraw(SigningKey.objects.filter(algorithm=algorithm).exclude(state=State.RETIRED))
    new = _make(algorithm, State.ACTIVE)
    _make(algorithm, State.NEXT)
    _record_rotation(actor, old, new, emergency=True)
    return new


@transaction.atomic
def encrypt_again(*, actor: Actor) -> int:
    """Encrypt the keys by the newest of IDENTITY_ENCRYPTION_KEYS, so that the older ones can go; return how many."""
    require(actor, "update", "settings")
    kept = SigningKey.objects.select_for_update().exclude(state=State.RETIRED)
    for key in kept:
        key.private_key_encrypted = encrypted_again(bytes(key.private_key_encrypted))
        key.save(update_fields=["private_key_encrypted"])
    audit.record("signing_key:encrypt", actor=actor, kids=[key.pk for key in kept])
    return len(kept)


def activates_at(key: SigningKey) -> datetime:
    """Return when a next key has been published long enough for every verifier to have fetched it."""
    published_for = max(settings.NEXT_KEY_PUBLISHED_FOR, settings.JWKS_MAX_AGE)
    at: datetime = key.created_at + published_for
    return at


def longest_token_life() -> timedelta:
    """Return the life of the tokens that live longest, those of applications for themselves included."""
    own = Application.objects.aggregate(longest=Max("access_token_seconds"))["longest"] or 0
    return max(settings.ACCESS_TOKEN_LIFETIME, settings.CLUSTER_TOKEN_LIFETIME, timedelta(seconds=own))


def standing(reader: Actor = SYSTEM) -> list[tuple[Verifier, str]]:
    """Say of each cluster that the reader sees which of the keys it has, and what it means for a planned rotation."""
    held = SigningKey.objects.filter(state__in=(State.ACTIVE, State.NEXT)).values_list("state", "kid")
    active = {kid for state, kid in held if state == State.ACTIVE}
    following = {kid for state, kid in held if state == State.NEXT}
    return [(verifier, verifier.standing(active=active, following=following)) for verifier in verifiers(reader)]


def planned() -> list[str]:
    """Return what a planned rotation means for those who verify by themselves, for the page that asks to confirm it."""
    alone: list[str] = [
        Wording("{name}: {sentence}", name=verifier.name, sentence=sentence)
        for verifier, sentence in standing()
        if verifier.by_itself
    ]
    return shortened(alone, Wording("have the next key, or fetch it with the first token that it signs"))


def turn_over_when_due() -> None:
    """Rotate by age after a request that signs, which looks once a minute in each process."""
    global _looked_at
    if time.monotonic() - _looked_at < LOOK_EVERY:
        return
    _looked_at = time.monotonic()
    note("the rotation of signing keys", None, turn_over)


@transaction.atomic
def turn_over() -> None:
    """Withdraw keys whose last token died, and rotate each algorithm whose active key is older than its lifetime."""
    now = timezone.now()
    _retire(now)
    for algorithm in Algorithm:
        keys = _locked(algorithm)
        if State.ACTIVE not in keys or State.NEXT not in keys:
            continue
        since = keys[State.ACTIVE].activated_at or keys[State.ACTIVE].created_at
        worn = since + settings.SIGNING_KEY_LIFETIME <= now
        if worn and activates_at(keys[State.NEXT]) <= now:
            _turn(SYSTEM, algorithm)


def require_usable_keys() -> None:
    """Raise Unavailable if a key that signs is missing, or if one that signs or will sign can't be decrypted."""
    in_use = SigningKey.objects.filter(state__in=(State.ACTIVE, State.NEXT))
    found = list(in_use.values_list("kid", "state", "algorithm"))
    if {algorithm for _, state, algorithm in found if state == State.ACTIVE} != set(Algorithm):
        raise Unavailable("no_signing_key", "There is no key to sign with. Run: manage.py bootstrap")
    for kid, *_ in found:
        keyring.private(kid)


def require_readable() -> None:
    """Raise Unavailable if a key that is published can't be read with IDENTITY_ENCRYPTION_KEYS."""
    kept = SigningKey.objects.exclude(state=State.RETIRED)
    for encrypted in kept.values_list("private_key_encrypted", flat=True):
        decrypt(bytes(encrypted))


def _turn(actor: Actor, algorithm: Algorithm) -> SigningKey:
    """Let the active key retire and the next one sign, and make another next one. The rows are locked."""
    now = timezone.now()
    old, new = _pair(algorithm)
    old.state, old.retiring_at = State.RETIRING, now
    old.save(update_fields=["state", "retiring_at"])
    new.state, new.activated_at = State.ACTIVE, now
    new.save(update_fields=["state", "activated_at"])
    _make(algorithm, State.NEXT)
    _record_rotation(actor, old, new, emergency=False)
    return new


def _record_rotation(actor: Actor, old: SigningKey, new: SigningKey, *, emergency: bool) -> None:
    """Record the rotation, and let this process read the keys anew."""
    audit.record("signing_key:rotate", actor=actor, target=new, emergency=emergency, replaces=old.kid)
    transaction.on_commit(keyring.forget)


def _retire(now: datetime) -> None:
    """Withdraw keys whose last token died a day ago."""
    before = now - longest_token_life() - KEPT_AFTER_TOKENS_DIED
    _withdraw(SigningKey.objects.filter(state=State.RETIRING, retiring_at__lt=before))


def _withdraw(keys: QuerySet[SigningKey]) -> None:
    """Stop publishing the keys, and delete their private halves: a later backup is of no use to a thief."""
    keys.update(state=State.RETIRED, retired_at=timezone.now(), private_key_encrypted=b"")


def _pair(algorithm: Algorithm) -> tuple[SigningKey, SigningKey]:
    """Return the active and the next key, locked.

    PostgreSQL shows who waited for a rotation only half of the new pair.
    """
    keys = _locked(algorithm)
    if State.ACTIVE not in keys or State.NEXT not in keys:
        raise Conflict("keys_turning", "The keys are being rotated by somebody else. Look again.")
    return keys[State.ACTIVE], keys[State.NEXT]


def _locked(algorithm: Algorithm) -> dict[str, SigningKey]:
    rows = SigningKey.objects.select_for_update().filter(algorithm=algorithm, state__in=(State.ACTIVE, State.NEXT))
    return {row.state: row for row in rows}


def _make(algorithm: Algorithm, state: State) -> SigningKey:
    now = timezone.now()
    key = _generate(algorithm)
    public = _public_jwk(algorithm, key)
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return SigningKey.objects.create(
        kid=public["kid"],
        algorithm=algorithm,
        state=state,
        public_jwk=public,
        private_key_encrypted=encrypt(secret),
        created_at=now,
        activated_at=now if state == State.ACTIVE else None,
    )


def _make_first(algorithm: Algorithm, state: State) -> None:
    # Replicas that start together make it together; the database keeps the first one's.
    with suppress(IntegrityError), transaction.atomic():
        _make(algorithm, state)


def _generate(algorithm: Algorithm) -> Any:
    if algorithm == Algorithm.RS256:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ec.generate_private_key(ec.SECP256R1())


def _public_jwk(algorithm: Algorithm, key: Any) -> dict[str, str]:
    library = RSAAlgorithm if algorithm == Algorithm.RS256 else ECAlgorithm
    jwk: Any = library.to_jwk(key.public_key(), as_dict=True)
    members: dict[str, str] = {name: jwk[name] for name in PUBLIC_MEMBERS if name in jwk}
    return {**members, "kid": thumbprint(members), "alg": algorithm.value, "use": "sig"}


def thumbprint(members: dict[str, str]) -> str:
    """Return the thumbprint of a JWK (RFC 7638 §3): SHA-256 over its required members, in order and without space."""
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()
