"""Second factors: added and removed by their owner, who signed in a moment ago, or reset by an administrator."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

import audit.services as audit
from accounts import totp
from accounts.models import Factor, FactorKind, GeneralSettings, RecoveryCode, Session, User
from accounts.ports.authority import authority
from accounts.services.recovery_codes import make_codes
from accounts.services.second_factor_policy import must_have_second_factor
from accounts.services.second_step import ONE_TIME
from accounts.services.sessions import revoke_all
from accounts.services.throttle import forget_all_factor_tries
from common.actors import Actor
from common.announcements import Changed, announce
from common.encryption import decrypt, encrypt, encrypted_again
from common.errors import Conflict, Invalid, NotFound
from common.locking import lock
from common.replacing import NamedSecret, Secrets, refuse_unnamed, replacing
from common.visible import is_visible, shows
from common.wording import Wording

MOST = 10
ENROLMENT_LASTS = 30 * 60  # seconds
SALT = "accounts.factors.totp"


@dataclass(frozen=True)
class Enrolment:
    """An authenticator app that is being added; `sealed` holds its secret, encrypted, between two pages."""

    sealed: str
    key: str
    uri: str


def begin_totp(user: User) -> Enrolment:
    _require_local(user)
    return _enrolment(user, uuid4(), totp.new_secret())


def same_totp(user: User, sealed: str) -> Enrolment:
    """Return the same enrolment once more, after a wrong code; Invalid when it is over."""
    factor_id, secret = _open(user, sealed)
    return _enrolment(user, factor_id, secret)


def confirm_totp(*, user: User, sealed: str, code: str, name: str, session: Session) -> list[str]:
    """Add the app that shows this code; return recovery codes, this once, if it is the first factor."""
    factor_id, secret = _open(user, sealed)
    step = totp.matching_step(secret, "".join(code.split())[:100], at=timezone.now())
    if step is None:
        raise Invalid(
            "bad_code",
            "This code is not right. Enter the one that the app shows now; if it is refused too, your device's clock is"
            " wrong.",
        )
    factor = Factor(
        id=factor_id,
        user=user,
        kind=FactorKind.TOTP,
        secret_encrypted=encrypt(secret),
        last_step=step,
        name=checked_name(name or "Authenticator app"),
    )
    return add_factor(factor, session=session, words=ONE_TIME)


@transaction.atomic
def add_factor(factor: Factor, *, session: Session, words: tuple[str, ...]) -> list[str]:
    """Keep a factor that its owner has shown in this session, which tells its `amr` words from now on.

    The first one ends every other session: all of them began by a password alone.
    """
    user = lock(factor.user)
    _require_local(user)
    if user.factors.count() >= MOST:
        raise Conflict(
            "too_many_factors", Wording("An account has {most} second factors at most. Remove one first.", most=MOST)
        )
    try:
        with transaction.atomic():
            factor.save(force_insert=True)
    except IntegrityError:
        raise Conflict("factor_exists", "This second factor was added already.") from None
    first, now = user.second_factor_since is None, timezone.now()
    audit.record("user:factor:add", actor=user, target=user, kind=factor.kind, name=factor.name)
    announce(Changed.USER, user)
    if not first:
        return []
    _note(user, second_factor_since=now, second_factor_due_at=None)
    Session.objects.filter(pk=session.pk, user=user).update(further_amr=[*words], strong_at=now)
    announce(Changed.SESSION, session)
    revoke_all(actor=user, user=user, because="second factor added", keep=session)
    return make_codes(user)


@transaction.atomic
def rename_factor(*, user: User, factor_id: UUID, name: str) -> None:
    user = lock(user)
    factor = _own(user, factor_id)
    before, factor.name = factor.name, checked_name(name)
    factor.save(update_fields=["name"])
    audit.record("user:factor:rename", actor=user, target=user, kind=factor.kind, before=before, name=factor.name)


@transaction.atomic
def remove_factor(*, user: User, factor_id: UUID, session: Session) -> None:
    """Remove one of one's own. Every other session ends: whoever found the device may have signed in by it."""
    user = lock(user)
    factor = _own(user, factor_id)
    if user.factors.count() == 1 and must_have_second_factor(user):
        sentence = "You must have a second factor, and this is your last one. Add another one first."
        raise Conflict("second_factor_required", sentence)
    factor.delete()
    audit.record("user:factor:remove", actor=user, target=user, kind=factor.kind, name=factor.name)
    revoke_all(actor=user, user=user, because="second factor removed", keep=session)
    if not user.factors.exists():
        user.recovery_codes.all().delete()
        _note(user, second_factor_since=None)
    announce(Changed.USER, user)


@transaction.atomic
def renew_recovery_codes(*, user: User) -> list[str]:
    """Return new recovery codes, this once; those from before are good for nothing."""
    with replacing(RECOVERY_CODES, user):
        user = lock(user)
    if user.second_factor_since is None:
        raise Conflict("no_second_factor", "Add a second factor first: recovery codes stand in for one.")
    codes = make_codes(user)
    audit.record("user:recovery-codes:renew", actor=user, target=user)
    return codes


def recovery_codes_of(user: User) -> QuerySet[RecoveryCode, Any]:
    return user.recovery_codes.order_by("pk").values_list("pk")


RECOVERY_CODES = Secrets[User](of=recovery_codes_of, named=lambda user: ())


@transaction.atomic
def reset_factors(*, actor: Actor, user: User) -> int:
    """Remove somebody's second factors and recovery codes; every session of theirs ends. Return how many factors."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    if actor == user:
        # There they sign in again for it, and don't remove the last one that they must have.
        raise Conflict("own_factors", "Remove your own second factors on your account page.")
    user = lock(user)
    if user.second_factor_since is None:
        raise Conflict("no_second_factor", Wording("{user} has no second factor.", user=user))
    refuse_unnamed(FACTORS, user)
    removed = user.factors.count()
    user.factors.all().delete()
    user.recovery_codes.all().delete()
    _note(user, second_factor_since=None, second_factor_due_at=None)
    forget_all_factor_tries(user)
    revoke_all(actor=actor, user=user, because="second factors reset")
    audit.record("user:factors:reset", actor=actor, target=user, factors=removed)
    announce(Changed.USER, user)
    return removed


def _factor_named(factor: Factor) -> NamedSecret:
    used = factor.last_used_at
    name = Wording("{name} ({kind})", kind=Wording(str(FactorKind(factor.kind).label)), name=factor.name)
    return NamedSecret(name, made_at=factor.created_at, used_at=used, is_unused=used is None)


FACTORS = Secrets[User](
    of=lambda user: user.factors.order_by("pk").values_list("pk"),
    named=lambda user: [_factor_named(factor) for factor in user.factors.all()],
)


@transaction.atomic
def encrypt_again() -> int:
    """Encrypt the secrets by the newest of IDENTITY_ENCRYPTION_KEYS; return how many."""
    apps = list(Factor.objects.select_for_update().filter(kind=FactorKind.TOTP))
    for app in apps:
        app.secret_encrypted = encrypted_again(bytes(app.secret_encrypted))
        app.save(update_fields=["secret_encrypted"])
    return len(apps)


def _enrolment(user: User, factor_id: UUID, secret: bytes) -> Enrolment:
    sealed = signing.dumps([str(user.pk), str(factor_id), encrypt(secret).decode()], salt=SALT)
    issuer = GeneralSettings.current().organisation
    return Enrolment(sealed, totp.as_text(secret), totp.uri(secret, account=user.email, issuer=issuer))


def _open(user: User, sealed: str) -> tuple[UUID, bytes]:
    try:
        owner, factor_id, encrypted = signing.loads(sealed, salt=SALT, max_age=ENROLMENT_LASTS)
    except signing.BadSignature:
        owner = ""
    if owner != str(user.pk):
        raise Invalid("enrolment_over", "This page was too old. Scan the new code, and enter what the app shows then.")
    return UUID(factor_id), decrypt(encrypted.encode())


def _own(user: User, factor_id: UUID) -> Factor:
    factor: Factor | None = user.factors.filter(pk=factor_id).first()
    if factor is None:
        raise NotFound("no_such_factor", "You have no such second factor: it may have been removed already.")
    return factor


def checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not (1 <= len(name) <= 60 and is_visible(name) and shows(name)):
        raise Invalid("bad_name", "Give it a name of at most 60 characters.")
    return name


def _require_local(user: User) -> None:
    if not user.is_local:
        raise Conflict("not_local", "You sign in through an identity provider, which asks for a second factor itself.")


def _note(user: User, **changes: Any) -> None:
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=[*changes, "updated_at"])
