"""Another e-mail address for a user: the access rules that name the user go with it."""

from django.db import IntegrityError, transaction

import audit.services as audit
from accounts.models import User
from accounts.models.users import ADMINISTRATOR, normalize_email
from accounts.names import is_email
from accounts.ports.authority import authority
from accounts.services.sessions import revoke_all
from accounts.services.throttle import forget_all_tries
from accounts.signals import user_renamed
from common.actors import Actor
from common.announcements import Changed, announce
from common.errors import Conflict, Invalid
from common.locking import lock_to_remove
from common.wording import Wording


@transaction.atomic
def rename_user(*, actor: Actor, user: User, email: str) -> User:
    """Give a user another e-mail address; nothing happens if it is the address they have.

    Access rules that name the user move to it, memberships stay. Every session ends: tokens and applications go by the
    old address, which may become somebody else's. The actor answers for the new address of a user whom an identity
    provider brings. Conflict `user_exists` if another user has it, `rule_waits` if access rules wait for it: they would
    give the user more, unnoticed.
    """
    authority().queue_removals()
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    email = normalize_email(email)
    if not is_email(email):
        raise Invalid("bad_email", "The e-mail address is not one: name@example.com.", field="email")
    with authority().keeping_an_administrator():
        current = lock_to_remove(user)
        before = current.email
        if email == before:
            return user
        _refuse_a_name_of_others(actor, email)
        forget_all_tries(current)
        ended = revoke_all(actor=actor, user=current, because="e-mail changed")
        user.password_links.all().delete()
        user.email = email
        user.email_verified_by = current.email_verified_by if current.is_local else ADMINISTRATOR
        _save(user)
        user_renamed.send(User, actor=actor, user=user, before=before)
    audit.record("user:rename", actor=actor, target=user, before=before, after=email, sessions=ended)
    announce(Changed.USER, user)
    return user


def _refuse_a_name_of_others(actor: Actor, email: str) -> None:
    if User.objects.filter(email=email).exists():
        raise _taken(email)
    # Also for who may not know of the rules: whoever makes their subject needs what they give (`create_user`).
    authority().require_at_least(actor, User(email=email))
    if authority().waits_for(email):
        raise Conflict(
            "rule_waits",
            Wording(
                "Access rules wait for {email}. Delete them first, and make those that the user is to have.",
                email=email,
            ),
        )


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=["email", "email_verified_by", "updated_at"])
    except IntegrityError:
        raise _taken(user.email) from None


def _taken(email: str) -> Conflict:
    return Conflict("user_exists", Wording("A user with the e-mail {email} exists already.", email=email))
