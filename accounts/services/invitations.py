"""Inviting people: in place of a temporary password a link by which they choose their own."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

import audit.services as audit
from accounts.models import GeneralSettings, LinkPurpose, MailKind, PasswordLink, User
from accounts.ports.authority import authority
from accounts.services.mail import queue_mail
from accounts.services.password_links import Link, end_invitations, is_invited, make_link
from accounts.services.users import create_user
from common.actors import Actor
from common.errors import Conflict, Invalid
from common.locking import lock
from common.replacing import NamedSecret, Secrets, replacing
from common.wording import Wording


@transaction.atomic
def invite_user(*, actor: Actor, email: str, by_mail: bool, **details: Any) -> tuple[User, Link | None]:
    """Make a local user who chooses the password by a link: mailed to them, or else returned, this once.

    Invalid `no_mail` where no mail server is set. `details` are those of `create_user`.
    """
    # The temporary password is told to nobody.
    user, _ = create_user(actor=actor, email=email, **details)
    return user, _invite(actor, user, by_mail=by_mail)


@transaction.atomic
def invite_again(*, actor: Actor, user: User, by_mail: bool) -> Link | None:
    """Invite somebody who has not signed in yet once more; the link from before is over."""
    authority().require(actor, "update", "users")
    authority().require_at_least(actor, user)
    with replacing(INVITATION, user):
        user = lock(user)
    if not is_invited(user):
        raise Conflict(
            "not_invited", Wording("{user} has signed in already, or can't. Reset the password instead.", user=user)
        )
    return _invite(actor, user, by_mail=by_mail)


def _invitations_of(user: User) -> QuerySet[PasswordLink]:
    return user.password_links.filter(purpose=LinkPurpose.INVITATION)


def _invitation_named(user: User) -> list[NamedSecret]:
    made = audit.last_recorded("user:invite", target=user) if _invitations_of(user).exists() else None
    return [NamedSecret(Wording("Invitation"), made_at=made.at, made_by=made.subject)] if made else []


INVITATION = Secrets[User](
    of=lambda user: _invitations_of(user).order_by("pk").values_list("pk"), named=_invitation_named
)


def _invite(actor: Actor, user: User, *, by_mail: bool) -> Link | None:
    if by_mail and not GeneralSettings.current().sends_mail:
        raise Invalid("no_mail", "This server sends no mail: hand over a link or a temporary password yourself.")
    audit.record("user:invite", actor=actor, target=user, by_mail=by_mail)
    end_invitations(user)
    if by_mail:
        queue_mail(MailKind.INVITATION, to=user.email, user=user)
        return None
    return make_link(user, LinkPurpose.INVITATION, shown_to=actor)
