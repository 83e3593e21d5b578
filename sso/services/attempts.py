"""The last sign-in attempts of each provider, successful ones included.

Anybody can send an unsigned message, or repeat a signed one. Attempts that look the same are therefore counted, not
stored: no stranger can write without limit, or displace the provider's own attempts.
"""

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

import audit.services as audit
from accounts.models import User
from common import context
from common.hashes import sha256_of
from common.locking import hold
from sso.check_log import CheckLog
from sso.mapping import MappedUser
from sso.models import Attempt, IdentityProvider
from sso.models.attempts import AttemptOutcome

SIGN_IN, SIGN_OUT = "session:sign-in", "session:sign-out"
KEPT = 50
# For each refusal code of strangers, so many attempts are kept, and half as many are written per hour.
KEPT_OF_STRANGERS = 10
# Counted together: by its reference, a stranger who changes an encrypted message (CBC) would learn whether it could be
# decrypted, and by many of them what is in it (Jager and Somorovsky, How to Break XML Encryption, 2011).
COUNTED_TOGETHER = ("bad_encryption", "bad_signature")
# Of the groups and ids of an attempt.
MOST_SHOWN = 50
AN_HOUR = timedelta(hours=1)
# Without characters that are easily confused when read out.
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def note_success(provider: IdentityProvider, log: CheckLog, *, mapped: MappedUser, test: bool) -> Attempt:
    """Store the attempt. The audit log has the sign-in with its session; a test is not in there."""
    outcome = AttemptOutcome.TESTED if test else AttemptOutcome.SIGNED_IN
    return _note(provider, log, outcome=outcome, is_test=test, mapped=_shown(mapped), email=mapped.email)


def note_refusal(
    provider: IdentityProvider,
    log: CheckLog,
    *,
    code: str,
    mapped: MappedUser | None = None,
    test: bool = False,
    action: str = SIGN_IN,
) -> Attempt:
    """Store the refusal and audit it as this action, under the reference that the user reads.

    A refusal that only repeats an earlier one is counted there, and the user reads the earlier reference.
    """
    attempt = None if test else _counted(provider, log, code)
    attempt = attempt or _note(
        provider,
        log,
        outcome=AttemptOutcome.REFUSED,
        code=code,
        is_test=test,
        mapped=_shown(mapped) if mapped else {},
        email=mapped.email if mapped else "",
    )
    audit.record(
        action,
        actor=None,
        target=provider,
        result=audit.FAILED,
        reason=code,
        subject=attempt.email,
        reference=attempt.reference,
        test=test,
    )
    return attempt


def note_test(provider: IdentityProvider, attempt: Attempt, *, by: User) -> None:
    audit.record("identity_provider:test", actor=by, target=provider, reference=attempt.reference)


def _counted(provider: IdentityProvider, log: CheckLog, code: str) -> Attempt | None:
    """Count this attempt at the earlier one that it repeats, and return that; None if it is new."""
    alike = Attempt.objects.filter(provider=provider, outcome=AttemptOutcome.REFUSED, is_test=False)
    if log.is_of_provider:
        # One signed message, sent again and again.
        earlier = alike.filter(code=code, message_hash=_hash(log)).first() if log.message else None
    else:
        codes = COUNTED_TOGETHER if code in COUNTED_TOGETHER else (code,)
        lately = alike.filter(is_of_provider=False, code__in=codes, at__gt=timezone.now() - AN_HOUR)
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
        checks=log.for_pages(),
        source_ip=context.current().source_ip,
        is_of_provider=log.is_of_provider,
        message_hash=_hash(log) if log.message else "",
        **facts,
    )
    _forget_old_ones(attempt)
    return attempt


def _shown(mapped: MappedUser) -> dict[str, object]:
    """Return what the mapping made, of long lists the beginning and how many more there are."""
    whole = mapped.as_json()
    cut = {
        name: [*value[:MOST_SHOWN], f"… +{len(value) - MOST_SHOWN}"]
        for name, value in whole.items()
        if isinstance(value, tuple) and len(value) > MOST_SHOWN
    }
    return whole | cut


def _hash(log: CheckLog) -> str:
    return sha256_of(log.message)


def _new_reference() -> str:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def _forget_old_ones(attempt: Attempt) -> None:
    """Delete the oldest attempts of the same sort: the provider's own, or strangers' with the same code."""
    rows = Attempt.objects.filter(provider=attempt.provider_id, is_of_provider=attempt.is_of_provider)
    if attempt.is_of_provider:
        _forget(rows, KEPT)
    else:
        _forget(rows.filter(code=attempt.code), KEPT_OF_STRANGERS)


def _forget(rows: QuerySet[Attempt], kept: int) -> None:
    old = list(rows.order_by("-at").values_list("pk", flat=True)[kept : kept + KEPT])
    Attempt.objects.filter(pk__in=old).delete()
