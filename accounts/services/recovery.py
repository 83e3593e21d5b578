"""Asking for a new password by mail. Whoever asks, and for whom, the answer and what it takes are the same.

Nobody is looked up here: what was typed is written down, and who is meant is found when it is worked off
(accounts.services.password_links), after the answer. The limits here are of the address and of all; that of the account
is kept there, where it tells nobody anything.
"""

from dataclasses import asdict

from django.db import transaction

from accounts.models import GeneralSettings, Mail, MailKind, MailState
from accounts.names import LONGEST_EMAIL
from accounts.services.mail import queue_mail
from accounts.services.throttle import reserve_recovery
from common import context
from common.errors import Conflict, TooMany

MOST_WAITING = 1000
COME_BACK_AFTER = 60  # seconds
NOTED = ("request_id", "caller_request_id", "source_ip", "user_agent", "method", "path")


def offers_recovery() -> bool:
    general = GeneralSettings.current()
    return general.sends_mail and general.mail_recovery


@transaction.atomic
def ask_for_recovery(*, email: str) -> None:
    """Have a link sent to whoever has this address and a password here; TooMany if this address asked too often."""
    if not offers_recovery():
        raise Conflict("no_mail", "Passwords are not recovered by mail here. Ask an administrator for a new one.")
    reserve_recovery()
    waiting = Mail.objects.filter(kind=MailKind.RECOVERY, user=None, state=MailState.WAITING)
    if waiting.count() >= MOST_WAITING:
        raise TooMany(
            "slow_down",
            "Too many people have asked for a new password. Try again in a minute.",
            retry_after=COME_BACK_AFTER,
        )
    here = asdict(context.current())
    typed = email.strip().replace("\x00", "")[:LONGEST_EMAIL]
    queue_mail(MailKind.RECOVERY, to=typed, asked={name: here[name] for name in NOTED})
