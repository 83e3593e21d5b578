from functools import cache
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.db import transaction
from django.db.models import QuerySet

import audit.services as audit
from accounts import passwords
from accounts.models import Session, User
from accounts.ports.authority import authority
from accounts.services.makers import given_by
from accounts.services.sessions import revoke_all
from accounts.services.sign_in import check_password
from accounts.services.throttle import forget_all_tries
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Conflict, Invalid
from common.locking import lock
from common.replacing import NamedSecret, Secrets, replacing
from common.wording import Wording


@cache
def common_passwords() -> frozenset[str]:
    """Return the 20,000 that Django ships, lower case."""
    return frozenset(CommonPasswordValidator().passwords)


def refuse_a_poor_password(password: str, user: User) -> None:
    found = passwords.problems(password, email=user.email, common=common_passwords())
    if found:
        raise Invalid("poor_password", " ".join(found))


@transaction.atomic
def reset_password(*, actor: Actor, user: User) -> str:
    """Give a local user a temporary password, which is answered this once; every session of theirs ends."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    if not user.is_local:
        raise Conflict("not_local", "This user signs in by an identity provider and has no password here.")

    with replacing(GIVEN_PASSWORD, user):
        lock(user)
    temporary = passwords.generate()
    set_password(user, temporary, must_change=True, by=actor)
    forget_all_tries(user)  # they were about a password that is gone, and nobody guesses this one
    revoke_all(actor=actor, user=user, because="password reset")
    audit.record("user:password:reset", actor=actor, target=user)
    return temporary


def _given_password_of(user: User) -> QuerySet[User, Any]:
    """Return by whom it was given: who knows it, and changes it, must not be able to hinder that it is reset."""
    return User.objects.filter(pk=user.pk).exclude(password_by="").values_list("password_by")


def _given_password_named(user: User) -> list[NamedSecret]:
    made = audit.last_recorded("user:password:reset", target=user) if _given_password_of(user).exists() else None
    return [NamedSecret(Wording("Temporary password"), made_at=made.at, made_by=made.subject)] if made else []


GIVEN_PASSWORD = Secrets[User](of=_given_password_of, named=_given_password_named)


def change_password(*, user: User, current: str, new: str, keep: Session | None = None) -> None:
    """Change one's own password; every session but `keep` ends. A wrong current one counts as a sign-in try."""
    checked = check_password(email=user.email, password=current)
    refuse_a_poor_password(new, user)
    if passwords.normalized(new) == passwords.normalized(current):
        raise Invalid("same_password", "The new password is the old one.")

    with transaction.atomic():
        if not User.objects.select_for_update(no_key=True).filter(pk=user.pk, password=checked.password).exists():
            # Reset by an administrator since it was checked: who still knows the old one must not undo that.
            raise Conflict("password_changed_meanwhile", "The password was changed in the meantime. Sign in again.")
        set_password(user, new, must_change=False, by=user)
        revoke_all(actor=user, user=user, because="password changed", keep=keep)
        audit.record("user:password:change", actor=user, target=user)


def set_password(user: User, password: str, *, must_change: bool, by: Actor) -> None:
    """Set a password that `by` knows: its user, or who gives it to them."""
    user.set_password(password)
    user.must_change_password = must_change
    user.password_by = "" if by == user else given_by(by, user.password)
    user.save(update_fields=["password", "must_change_password", "password_by", "updated_at"])
    user.password_links.all().delete()
    announce(Changed.USER, user)
