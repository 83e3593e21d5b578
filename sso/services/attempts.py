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
from sso.mapping import Person
from sso.models import Attempt, IdentityProvider
from sso.models.attempts import Outcome
from sso.trial import Trial

KEPT = 50
# Of each reason for which strangers can be refused: so many are kept, and half of them written in each hour.
KEPT_OF_STRANGERS = 10
AN_HOUR = timedelta(hours=1)
# Without those that are easily taken for another when read out.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def note_success(provider: IdentityProvider, trial: Trial, *, person: Person, test: bool) -> Attempt:
    """The sign-in itself is in the audit log, with the session that it began; a test is not."""
    outcome = Outcome.TESTED if test else Outcome.SIGNED_IN
    return _note(provider, trial, outcome=outcome, is_test=test, mapped=person.as_json(), email=person.email)


def note_refusal(
    provider: IdentityProvider, trial: Trial, *, code: str, person: Person | None = None, test: bool = False
) -> Attempt:
    """On the trouble page and in the audit log, under the reference that the person reads.

    What only repeats an earlier refusal is counted there, and the person reads that one's reference.
    """
    attempt = None if test else _counted(provider, trial, code)
    attempt = attempt or _note(
        provider, trial, outcome=Outcome.REFUSED, code=code, is_test=test,
        mapped=person.as_json() if person else {}, email=person.email if person else "",
    )  # fmt: skip
    audit.record(
        "session:sign-in", actor=None, target=provider, result=audit.FAILED, reason=code, subject=attempt.email,
        reference=attempt.reference, test=test,
    )  # fmt: skip
    return attempt


def note_test(provider: IdentityProvider, attempt: Attempt, *, by: User) -> None:
    audit.record("identity_provider:test", actor=by, target=provider, reference=attempt.reference)


def _counted(provider: IdentityProvider, trial: Trial, code: str) -> Attempt | None:
    """The attempt that this one repeats, counted there; None when it is one of its own."""
    alike = Attempt.objects.filter(provider=provider, outcome=Outcome.REFUSED, code=code, is_test=False)
    if trial.is_of_provider:
        # Signed once, and sent again and again.
        earlier = alike.filter(message_hash=_hash(trial)).first() if trial.message else None
    else:
        lately = alike.filter(is_of_provider=False, at__gt=timezone.now() - AN_HOUR)
        newest = list(lately.order_by("-at")[: KEPT_OF_STRANGERS // 2])
        earlier = newest[0] if len(newest) == KEPT_OF_STRANGERS // 2 else None
    if earlier is not None:
        Attempt.objects.filter(pk=earlier.pk).update(repeated=F("repeated") + 1, repeated_at=timezone.now())
    return earlier


@transaction.atomic
def _note(provider: IdentityProvider, trial: Trial, **facts: object) -> Attempt:
    hold(provider)
    attempt = Attempt.objects.create(
        provider=provider,
        reference=_new_reference(),
        at=timezone.now(),
        checks=trial.as_json()["checks"],
        source_ip=context.current().source_ip,
        is_of_provider=trial.is_of_provider,
        message_hash=_hash(trial) if trial.message else "",
        **facts,
    )
    _forget_old_ones(attempt)
    return attempt


def _hash(trial: Trial) -> str:
    return sha256(trial.message.encode()).hexdigest()


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
