"""What the trouble page shows: the last sign-ins of each provider, those that succeeded too.

Anybody can send what no provider signed, and send again what one signed. So what can't be told from an earlier attempt
is counted there: no stranger can write without end, nor push out what a provider says.
"""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

import audit.services as audit
from accounts.models import User
from common import context
from common.locking import hold
from sso.check_log import CheckLog
from sso.mapping import MappedUser
from sso.models import Attempt, IdentityProvider
from sso.models.attempts import AttemptOutcome

KEPT = 50
# Of each reason for which strangers can be refused: so many are kept, and half of them written in each hour.
KEPT_OF_STRANGERS = 10
AN_HOUR = timedelta(hours=1)
# Without those that are easily taken for another when read out.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def note_success(provider: IdentityProvider, log: CheckLog, *, mapped: MappedUser, test: bool) -> Attempt:
    """The sign-in itself is in the audit log, with the session that it began; a test is not."""
    outcome = AttemptOutcome.TESTED if test else AttemptOutcome.SIGNED_IN
    return _note(provider, log, outcome=outcome, is_test=test, mapped=mapped.as_json(), email=mapped.email)


def note_refusal(
    provider: IdentityProvider, log: CheckLog, *, code: str, mapped: MappedUser | None = None, test: bool = False
) -> Attempt:
    """On the trouble page and in the audit log, under the reference that the person reads.

    What only repeats an earlier refusal is counted there, and the person reads that one's reference.
    """
    attempt = None if test else _counted(provider, log, code)
    attempt = attempt or _note(
        provider, log, outcome=AttemptOutcome.REFUSED, code=code, is_test=test,
        mapped=mapped.as_json() if mapped else {}, email=mapped.email if mapped else "",
    )  # fmt: skip
    audit.record(
        "session:sign-in", actor=None, target=provider, result=audit.FAILED, reason=code, subject=attempt.email,
        reference=attempt.reference, test=test,
    )  # fmt: skip
    return attempt


def note_test(provider: IdentityProvider, attempt: Attempt, *, by: User) -> None:
    audit.record("identity_provider:test", actor=by, target=provider, reference=attempt.reference)


def _counted(provider: IdentityProvider, log: CheckLog, code: str) -> Attempt | None:
    """The attempt that this one repeats, counted there; None when it is one of its own."""
    alike = Attempt.objects.filter(provider=provider, outcome=AttemptOutcome.REFUSED, code=code, is_test=False)
    if log.is_of_provider:
        # Signed once, and sent again and again.
        earlier = alike.filter(message_hash=_hash(log)).first() if log.message else None
    else:
        lately = alike.filter(is_of_provider=False, at__gt=timezone.now() - AN_HOUR)
        newest = list(lately.order_by("-at")[: KEPT_OF_STRANGERS // 2])
        earlier = newest[0] if len(newest) == KEPT_OF_STRANGERS // 2 else None
    if earlier is not None:
        Attempt.objects.filter(pk=earlier.pk).update(repeated=F("repeated") + 1, repeated_at=timezone.now())
    return earlier


@transaction.atomic
def _note(provider: IdentityProvider, log: CheckLog, **facts: object) -> Attempt:
    hold(provider)
    attempt = Attempt.objects.create(
        provider=provider,
        reference=_new_reference(),
        at=timezone.now(),
        checks=log.as_json()["checks"],
        source_ip=context.current().source_ip,
        is_of_provider=log.is_of_provider,
        message_hash=_hash(log) if log.message else "",
        **facts,
    )
    _forget_old_ones(attempt)
    return attempt


def _hash(log: CheckLog) -> str:
    return sha256(log.message.encode()).hexdigest()


def _new_reference() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _forget_old_ones(attempt: Attempt) -> None:
    """Of the same sort as the new one: the provider's own among themselves, and strangers' by their reason."""
    rows = Attempt.objects.filter(provider=attempt.provider_id, is_of_provider=attempt.is_of_provider)
    if attempt.is_of_provider:
        _forget(rows, KEPT)
    else:
        _forget(rows.filter(code=attempt.code), KEPT_OF_STRANGERS)


def _forget(rows: QuerySet[Attempt], kept: int) -> None:
    old = list(rows.order_by("-at").values_list("pk", flat=True)[kept : kept + KEPT])
    Attempt.objects.filter(pk__in=old).delete()
