"""Mails that tell people of their account: each follows what the audit log is told, in the same transaction."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import GeneralSettings, Mail, MailKind, Session, User
from accounts.models.sessions import SessionKind
from accounts.services.mail import queue_mail
from accounts.services.throttle import FAMILIAR_FOR
from audit.models import Event, Result
from common.forwarding import network_of

NOTICES = {
    "user:password:change": MailKind.PASSWORD_CHANGED,
    "user:recovery:accept": MailKind.PASSWORD_CHANGED,
    "user:password:reset": MailKind.PASSWORD_RESET,
    "user:factor:add": MailKind.FACTOR_ADDED,
    "user:factor:remove": MailKind.FACTOR_REMOVED,
    "user:factors:reset": MailKind.FACTORS_RESET,
    "user:rename": MailKind.EMAIL_CHANGED,
    "user:access:cut": MailKind.ACCESS_CUT,
}
# To one person in a day. Whoever does these things again and again is there.
MOST_NOTICES = 10
MOST_NEW_PLACES = 3
A_DAY = timedelta(days=1)


def tell_of_change(sender: object, *, event: Event, **facts: Any) -> None:
    """Receives `audit.services.recorded`."""
    kind = NOTICES.get(event.action)
    if kind is None or event.result != Result.SUCCEEDED:
        return
    general = GeneralSettings.current()
    if not (general.sends_mail and general.mail_notices):
        return
    user = User.objects.filter(pk=event.entity_id).first()
    if user is None or not user.email_verified or _told_today(user, *NOTICES.values()) >= MOST_NOTICES:
        return
    said = event.metadata
    told = {
        "at": timezone.now().isoformat(),
        "source_ip": event.source_ip,
        "what": said.get("name", ""),
    }
    if kind == MailKind.EMAIL_CHANGED:
        # To both: who took the account over would have changed the address first.
        told |= {"before": said["before"], "after": said["after"]}
        queue_mail(kind, to=said["before"], user=user, **told)
    queue_mail(kind, to=user.email, user=user, **told)


def tell_of_new_place(sender: object, *, session: Session, general: GeneralSettings, **facts: Any) -> None:
    """Receives `session_started`: tell somebody that they signed in where they have not lately."""
    user, address = session.user, session.source_ip
    if not (general.sends_mail and general.mail_new_places and address) or session.kind == SessionKind.CLUSTER_TOKEN:
        return
    since = timezone.now() - FAMILIAR_FOR
    before = user.sessions.exclude(pk=session.pk).filter(created_at__gt=since).exclude(source_ip=None)
    known = before.order_by().values_list("source_ip", flat=True).distinct()
    places = {network_of(place) for place in known if place}
    if not places or network_of(address) in places or not user.email_verified:
        return
    if _told_today(user, MailKind.NEW_PLACE) < MOST_NEW_PLACES:
        told = {"at": timezone.now().isoformat(), "source_ip": address}
        queue_mail(MailKind.NEW_PLACE, to=user.email, user=user, **told)


def _told_today(user: User, *kinds: MailKind) -> int:
    """Count notices alone: whoever asks for links in somebody's name must not use them up."""
    return Mail.objects.filter(user=user, kind__in=kinds, created_at__gt=timezone.now() - A_DAY).count()
