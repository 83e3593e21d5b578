"""Links by which a person chooses a password without the present one: invitations, and recovery by mail."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

import audit.services as audit
from accounts.hashing import place_to_hash
from accounts.models import LinkPurpose, Mail, MailKind, MailState, PasswordLink, User
from accounts.services.makers import GIVER_HOLDS_LESS, could_make_again, made_by
from accounts.services.passwords import refuse_a_poor_password, set_password
from accounts.services.sessions import revoke_all
from accounts.services.throttle import forget_all_tries, reserve_recovery_of
from common import context
from common.actors import SYSTEM, Actor
from common.errors import Invalid
from common.hashes import sha256_of
from common.locking import lock

LIFETIMES = {LinkPurpose.INVITATION: timedelta(hours=48), LinkPurpose.RECOVERY: timedelta(minutes=30)}


@dataclass(frozen=True)
class Link:
    """Whoever opens the address may choose the password, once; it is in no table."""

    address: str
    expires_at: datetime

    @property
    def until(self) -> str:
        return f"{self.expires_at:%Y-%m-%d %H:%M} UTC"


def make_link(user: User, purpose: LinkPurpose, *, shown_to: Actor = SYSTEM) -> Link:
    """Make a link, for a verb that has asked whether it may; `shown_to` who hands it over, if it is not mailed."""
    secret, expires_at = secrets.token_urlsafe(32), timezone.now() + LIFETIMES[purpose]
    row = PasswordLink.objects.create(
        user=user,
        purpose=purpose,
        digest=_digest(user, secret),
        made_by=made_by(shown_to),
        expires_at=expires_at,
    )
    query = urlencode({"link": f"{row.pk.hex}.{secret}"})
    return Link(f"{settings.PUBLIC_URL}{reverse('accounts:choose-password')}?{query}", expires_at)


def end_invitations(user: User) -> None:
    """End what the next invitation takes the place of: the link from before, and mails that wait to bring one."""
    user.password_links.filter(purpose=LinkPurpose.INVITATION).delete()
    user.mails.filter(kind=MailKind.INVITATION, state=MailState.WAITING).delete()


def link_for_invitation(mail: Mail) -> Link | None:
    """Make the link that the mail brings.

    Return None for a user who has signed in meanwhile or can't, and where another invitation took the place of this.
    """
    if mail.user is None:
        return None
    with transaction.atomic():
        user = lock(mail.user)
        if not (is_invited(user) and user.email == mail.to and Mail.objects.filter(pk=mail.pk).exists()):
            return None
        # Of a try before this one the server may have taken the mail, and not said so.
        user.password_links.filter(purpose=LinkPurpose.INVITATION).delete()
        return make_link(user, LinkPurpose.INVITATION)


def link_for_recovery(mail: Mail) -> Link | None:
    """Find who is meant by the address that was typed; None, and why in the trail, for who gets no link."""
    here = context.RequestContext(**mail.facts.get("asked", {}))
    token = context.enter(here)
    try:
        user = User.objects.with_email(mail.to).first()
        if why := _why_no_recovery(user, first=mail.tries == 0):
            _note_refusal(user, why, mail.to)
            return None
        return _link_for_recovery(mail, user) if user else None
    finally:
        context.leave(token)


@transaction.atomic
def _link_for_recovery(mail: Mail, user: User) -> Link:
    user = lock(user)
    mail.user, mail.to = user, user.email
    mail.save(update_fields=["user", "to"])
    audit.record("user:recovery:send", actor=None, target=user, subject=user.email, often=True)
    return make_link(user, LinkPurpose.RECOVERY)


def _why_no_recovery(user: User | None, *, first: bool) -> str:
    """Return the reason to send no link, empty if there is none. The `first` try counts against the account's limit."""
    if user is None:
        return "unknown user"
    if not user.is_local:
        return "signs in by an identity provider"
    if not user.enabled:
        return "disabled"
    if first and not reserve_recovery_of(user):
        return "too many mails to this account"
    return ""


def _note_refusal(user: User | None, why: str, typed: str) -> None:
    # What was typed in place of an unknown e-mail may be a password: it is not kept.
    claimed = user.email if user else ""
    audit.record(
        "user:recovery:send", actor=None, target=user, result=audit.FAILED, reason=why, subject=claimed, unknown=typed
    )


def is_invited(user: User) -> bool:
    """Return True for who may be sent an invitation: an enabled local user who never signed in."""
    return user.is_local and user.enabled and user.last_login is None


def usable_link(link: str) -> PasswordLink:
    """Return the row of a link that is still good; raise Invalid `link_over` for any other.

    A link whose maker holds less by now is refused too, and the audit log has that.
    """
    id_, _, secret = link.partition(".")
    try:
        key = UUID(hex=id_)
    except ValueError:
        raise _over() from None
    row = PasswordLink.objects.select_related("user").filter(pk=key, expires_at__gt=timezone.now()).first()
    if row is None or not constant_time_compare(row.digest, _digest(row.user, secret)):
        raise _over()
    if not (row.user.enabled and row.user.is_local):
        raise _over()
    if not could_make_again(row.made_by, row.user):
        audit.record(
            f"user:{row.purpose}:accept", actor=None, target=row.user, result=audit.FAILED, reason=GIVER_HOLDS_LESS
        )
        raise _over()
    return row


def choose_password(*, link: str, new: str) -> User:
    """Set the password of whom the link is for, which uses the link up; every session of theirs ends."""
    user = usable_link(link).user
    refuse_a_poor_password(new, user)
    with place_to_hash(), transaction.atomic():
        user = lock(user)
        row = usable_link(link)
        if not PasswordLink.objects.filter(pk=row.pk).delete()[0]:
            raise _over()
        set_password(user, new, must_change=False, by=user)
        forget_all_tries(user)  # they were about a password that is gone
        revoke_all(actor=user, user=user, because="password changed")
        audit.record(f"user:{row.purpose}:accept", actor=user, target=user)
    return user


def _digest(user: User, secret: str) -> str:
    """Return a digest that the user's password and address are part of."""
    return sha256_of(f"{secret}:{user.pk}:{user.email}:{user.get_session_auth_hash()}")


def _over() -> Invalid:
    return Invalid("link_over", "This link was used already, is too old, or is not whole.")
