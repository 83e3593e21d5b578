"""What the trouble page shows: the last sign-ins of each provider, those that succeeded too."""

import secrets

from django.utils import timezone

import audit.services as audit
from accounts.models import User
from common import context
from sso.mapping import Person
from sso.models import Attempt, IdentityProvider
from sso.models.attempts import Outcome
from sso.trial import Trial

KEPT = 50
# Without those that are easily taken for another when read out.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
# What anybody can send: such attempts must not push out those that a provider really made.
_STRANGERS = ("bad_message", "bad_signature", "not_asked", "provider_disabled")


def note_success(provider: IdentityProvider, trial: Trial, *, person: Person, test: bool) -> Attempt:
    """The sign-in itself is in the audit log, with the session that it began; a test is not."""
    outcome = Outcome.TESTED if test else Outcome.SIGNED_IN
    return _note(provider, trial, outcome=outcome, is_test=test, mapped=person.as_json(), email=person.email)


def note_refusal(
    provider: IdentityProvider, trial: Trial, *, code: str, person: Person | None = None, test: bool = False
) -> Attempt:
    """On the trouble page and in the audit log, under the reference that the person reads."""
    attempt = _note(
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


def _note(provider: IdentityProvider, trial: Trial, **facts: object) -> Attempt:
    attempt = Attempt.objects.create(
        provider=provider,
        reference=_new_reference(),
        at=timezone.now(),
        checks=trial.as_json(),
        source_ip=context.current().source_ip,
        **facts,
    )
    _forget_old_ones(provider)
    return attempt


def _new_reference() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _forget_old_ones(provider: IdentityProvider) -> None:
    rows = Attempt.objects.filter(provider=provider).order_by("-at")
    for some in (rows.filter(code__in=_STRANGERS), rows.exclude(code__in=_STRANGERS)):
        old = list(some.values_list("pk", flat=True)[KEPT : 2 * KEPT])
        Attempt.objects.filter(pk__in=old).delete()
