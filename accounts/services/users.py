from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

import audit.services as audit
from accounts import passwords
from accounts.models import User
from accounts.models.users import ADMINISTRATOR, normalize_email
from accounts.names import is_email
from accounts.ports.authority import authority
from accounts.services.makers import given_by
from accounts.services.passwords import refuse_a_poor_password
from accounts.services.sessions import revoke_all
from accounts.services.throttle import forget_all_tries, locked_until
from accounts.services.typed import printable
from accounts.signals import user_deleted
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Conflict, Invalid
from common.locking import lock, lock_to_remove
from common.wording import Wording

POSIX_IDS = frozenset({"uid", "gid", "supplementary_groups"})
EDITABLE = POSIX_IDS | {"first_name", "last_name"}


@transaction.atomic
def create_user(
    *,
    actor: Actor,
    email: str,
    password: str | None = None,
    must_change_password: bool = True,
    is_local: bool = True,
    source: str = "",
    email_verified_by: str = "",
    **details: Any,
) -> tuple[User, str | None]:
    """Make a user; without a `password` a local one gets a temporary one, which is answered this once.

    `source` is the alias of the identity provider that brings a user who is not local, and `email_verified_by` who says
    that the address is theirs. `details` are the fields of `EDITABLE`.
    """
    authority().require(actor, "create", "users")
    email = normalize_email(email)
    if not is_email(email):
        raise Invalid("bad_email", "The e-mail address is not one: name@example.com.")

    user = User(
        email=email,
        is_local=is_local,
        source=source,
        email_verified_by=email_verified_by,
        created_by=str(actor),
        **_checked(details),
    )
    # An access rule may have been waiting for this e-mail: who makes its owner hands that access out.
    authority().require_at_least(actor, user)
    temporary = _set_first_password(user, password, by=actor)
    user.must_change_password = must_change_password and is_local
    _insert(user)
    audit.record("user:create", actor=actor, target=user, local=is_local)
    announce(Changed.USER, user)
    return user, temporary


@transaction.atomic
def update_user(*, actor: Actor, user: User, source: str = "", **changes: Any) -> User:
    """Change names and POSIX ids; `source` is the identity provider that says so, if one does."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    user.posix_sources = lock(user).posix_sources  # as they are now, and not when the caller read the user
    for field, value in _checked(changes).items():
        setattr(user, field, value)
    _validate(user)
    by_others = {name: by for name, by in user.posix_sources.items() if name not in changes}
    user.posix_sources = by_others | {name: source for name in POSIX_IDS & changes.keys() if source}
    user.save(update_fields=[*changes, "posix_sources", "updated_at"])
    audit.record("user:update", actor=actor, target=user, changed=sorted(changes))
    if POSIX_IDS & changes.keys():
        announce(Changed.USER, user)
    return user


@transaction.atomic
def adopt_user(*, actor: Actor, user: User, source: str) -> None:
    """Let another identity provider assert the account of a user who is not local, whose own does so no more."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    if user.is_local:
        raise Conflict("local", Wording("{user} is a local user, whom no identity provider brings.", user=user))
    lock(user)
    user.source = source
    user.save(update_fields=["source", "updated_at"])
    audit.record("user:adopt", actor=actor, target=user, source=source)
    announce(Changed.USER, user)


@transaction.atomic
def verify_email(*, actor: Actor, user: User, by: str = ADMINISTRATOR) -> None:
    """Note who says that the address is this person's, from when on access rules that name it count; empty: nobody."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    if user.is_local:
        raise Conflict("local", Wording("{user} is a local user, whose address was entered here.", user=user))
    lock(user)
    user.email_verified_by = by
    user.save(update_fields=["email_verified_by", "updated_at"])
    audit.record("user:email:verify" if by else "user:email:doubt", actor=actor, target=user, by=by)
    announce(Changed.USER, user)


@transaction.atomic
def disable_user(*, actor: Actor, user: User) -> User:
    """Refuse this user everywhere from now on: sessions, tokens and clusters."""
    authority().queue_removals()
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    with authority().keeping_an_administrator():
        lock(user)
        if not User.objects.filter(pk=user.pk, enabled=True).update(enabled=False, updated_at=timezone.now()):
            raise Conflict("already_disabled", Wording("{user} is disabled already.", user=user))
        user.enabled = False
    user.password_links.all().delete()
    revoke_all(actor=actor, user=user, because="user disabled")
    audit.record("user:disable", actor=actor, target=user)
    announce(Changed.USER, user)
    return user


@transaction.atomic
def enable_user(*, actor: Actor, user: User) -> User:
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    lock(user)
    if not User.objects.filter(pk=user.pk, enabled=False).update(enabled=True, updated_at=timezone.now()):
        raise Conflict("already_enabled", Wording("{user} is enabled already.", user=user))
    user.enabled = True
    audit.record("user:enable", actor=actor, target=user)
    announce(Changed.USER, user)
    return user


@transaction.atomic
def delete_user(*, actor: Actor, user: User) -> None:
    """Remove a user with their sessions and access rules. The audit trail keeps the name."""
    authority().queue_removals()
    authority().require(actor, "delete", "users")
    authority().require_at_least(actor, user)
    with authority().keeping_an_administrator():
        lock_to_remove(user)
        # Before what hangs on them: so does whoever ends one of them.
        list(user.sessions.order_by("pk").select_for_update())
        revoke_all(actor=actor, user=user, because="user deleted")
        audit.record("user:delete", actor=actor, target=user)
        announce(Changed.USER, user)
        user_deleted.send(User, actor=actor, user=user)
        user.delete()


@transaction.atomic
def force_logout(*, actor: Actor, user: User) -> int:
    """End every session of a user; answers how many."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    lock(user)
    ended = revoke_all(actor=actor, user=user, because="signed out by an administrator")
    audit.record("user:logout", actor=actor, target=user, sessions=ended)
    return ended


@transaction.atomic
def unlock_user(*, actor: Actor, user: User) -> None:
    """Let passwords of a user be tried again, after too many were wrong."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    lock(user)
    if locked_until(user) is None:
        raise Conflict("not_locked", "This account is not locked: passwords are tried as usual.")
    forget_all_tries(user)
    audit.record("user:unlock", actor=actor, target=user)


def _set_first_password(user: User, password: str | None, *, by: Actor) -> str | None:
    """Set a password, or make one for a local user and return it."""
    temporary = passwords.generate() if user.is_local and password is None else None
    if password is not None:
        refuse_a_poor_password(password, user)
    user.set_password(temporary or password)
    user.password_by = given_by(by, user.password) if user.is_local else ""
    return temporary


def _checked(details: dict[str, Any]) -> dict[str, Any]:
    unknown = details.keys() - EDITABLE
    if unknown:
        raise Invalid("not_editable", Wording("These can't be set: {unknown}.", unknown=", ".join(sorted(unknown))))
    return printable(details)


def _validate(user: User) -> None:
    try:
        user.full_clean(validate_unique=False, validate_constraints=False)
    except ValidationError as error:
        raise Invalid("bad_user", " ".join(error.messages)) from None


def _insert(user: User) -> None:
    _validate(user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError:
        raise Conflict(
            "user_exists", Wording("A user with the e-mail {email} exists already.", email=user.email)
        ) from None
