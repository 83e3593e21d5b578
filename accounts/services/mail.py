"""The outbox: a mail is written down in the transaction of what it tells of, and sent after it.

A short-lived thread sends it; what the server does not take is tried again by the periodic work, of whichever replica
comes first. Nobody waits for the mail server, and nothing fails because of it.
"""

from datetime import timedelta
from threading import Lock

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation

import audit.services as audit
from accounts.models import GeneralSettings, Mail, MailKind, MailSecurity, MailState, User
from accounts.services.mail_texts import compose, message, trial_text
from common.actors import SYSTEM
from common.encryption import decrypt
from common.errors import DomainError, Invalid, NotFound
from common.outbox import PAUSES, deliver_in_thread
from common.smtp import MailServer, Undelivered, deliver

# After this a mail helps nobody any more: who asked for a link has asked again, or an administrator.
LATEST = {MailKind.RECOVERY: timedelta(minutes=30)}
AT_ONCE = 50
KEPT_FOR = timedelta(days=30)

_at_work = Lock()


def queue_mail(kind: MailKind, *, to: str, user: User | None = None, **facts: object) -> bool:
    """Write a mail down, to be sent after the transaction; False where no mail server is set. `facts` are JSON."""
    if not GeneralSettings.current().sends_mail:
        return False
    facts["language"] = translation.get_language()
    Mail.objects.create(kind=kind, user=user, to=to, facts=facts, next_try_at=timezone.now())
    transaction.on_commit(deliver_soon)
    return True


def send_test_mail(*, to: str) -> None:
    """Send one at once, and wait; Undelivered says why the server did not take it."""
    general = GeneralSettings.current()
    if not general.sends_mail:
        raise Invalid("no_mail", "No mail server is set. Type one, and save it.")
    _send(general, message(general, to, trial_text()))


def deliver_soon() -> None:
    """In a thread of its own: nobody waits for the mail server."""
    deliver_in_thread(deliver_due, one_at_a_time=_at_work, name="mails")


def are_due() -> bool:
    return Mail.objects.filter(next_try_at__lte=timezone.now()).exists()


def deliver_due() -> int:
    """Send what is due, each once even when replicas do it together; return how many were worked off.

    Nothing more is tried after the server has refused to talk: it would keep each of them waiting as long.
    """
    general = GeneralSettings.current()
    due = Mail.objects.select_related("user").filter(next_try_at__lte=timezone.now()).order_by("next_try_at")
    done = 0
    for mail in due[:AT_ONCE]:
        if not _claim(mail):
            continue
        try:
            _deliver(general, mail)
        except Undelivered:
            return 0
        done += 1
    return done


def _claim(mail: Mail) -> bool:
    """Set the next try before this one, so that no other replica does the same meanwhile."""
    pause = PAUSES[min(mail.tries, len(PAUSES) - 1)]
    unclaimed = Mail.objects.filter(pk=mail.pk, next_try_at=mail.next_try_at)
    return bool(unclaimed.update(next_try_at=timezone.now() + pause, tries=F("tries") + 1))


def _deliver(general: GeneralSettings, mail: Mail) -> None:
    """Undelivered if the server would take no other mail either."""
    if timezone.now() - mail.created_at > LATEST.get(MailKind(mail.kind), KEPT_FOR):
        _give_up(mail, mail.failure or "It was too late to send it.")
        return
    try:
        text = compose(mail)
    except NotFound:  # the user was deleted, and this mail with them
        return
    if text is None:
        mail.delete()
        return
    try:
        _send(general, message(general, mail.to, text, id_=str(mail.pk)))
    except Undelivered as refusal:
        if refusal.for_good or mail.tries + 1 >= len(PAUSES):
            _give_up(mail, refusal.reason)
        else:
            Mail.objects.filter(pk=mail.pk).update(failure=refusal.reason[:300], updated_at=timezone.now())
        if not refusal.of_the_mail:
            raise
    else:
        # By what the last one listed, the next one tells what is new.
        kept = mail.facts if mail.kind == MailKind.ATTENTION else {}
        Mail.objects.filter(pk=mail.pk).update(
            state=MailState.SENT, next_try_at=None, failure="", facts=kept, updated_at=timezone.now()
        )


def _send(general: GeneralSettings, mail: EmailMessage) -> None:
    if not general.sends_mail:
        raise Undelivered("No mail server is set any more.")
    try:
        deliver(server_of(general), mail)
    except DomainError as refusal:
        raise Undelivered(refusal.message) from None


def server_of(general: GeneralSettings) -> MailServer:
    encrypted = bytes(general.mail_password_encrypted)
    return MailServer(
        host=general.mail_host,
        port=general.mail_port,
        starttls=general.mail_security == MailSecurity.STARTTLS,
        tls=general.mail_security == MailSecurity.TLS,
        username=general.mail_username,
        password=decrypt(encrypted).decode() if encrypted else "",
    )


@transaction.atomic
def _give_up(mail: Mail, failure: str) -> None:
    # What was typed to recover a password, and nobody was looked up by, may itself be one: it is not kept.
    to = "" if mail.kind == MailKind.RECOVERY and mail.user is None else mail.to
    audit.record(
        "mail:undelivered", actor=SYSTEM, target=mail.user, result=audit.FAILED, reason=failure, kind=mail.kind
    )
    Mail.objects.filter(pk=mail.pk).update(
        state=MailState.FAILED, next_try_at=None, failure=failure[:300], facts={}, to=to, updated_at=timezone.now()
    )
