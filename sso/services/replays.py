"""Allow something once, across processes: the database decides who is first."""

from datetime import datetime

from django.db import transaction

from common.hashes import sha256_of
from common.locking import hold
from common.lookup import WriteStatement
from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog
from sso.models import IdentityProvider
from sso.saml.values import FRESH_FOR, SKEW


def record_first(provider: IdentityProvider, what: str, *, until: datetime) -> bool:
    """Record `what` for this provider until then; return True if it was not recorded before."""
    with transaction.atomic(savepoint=False):
        hold(provider)
        return bool(_record(provider.pk, sha256_of(what), until))


_record = WriteStatement(
    "sso",
    "INSERT INTO {seenassertion} (provider_id, digest, expires_at) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
)


def refuse_replay(provider: IdentityProvider, assertion: VerifiedAssertion, log: CheckLog) -> None:
    """Record the use of an assertion; raise SignInRefused `replayed` if it was used before.

    Who deletes a provider deletes these records. If it is connected again, an assertion from before that nobody asked
    for could be used again; one that was asked for is of no use, since the browser asked another provider.
    """
    check = "It is used for the first time"
    assert assertion.usable_until is not None, "the reader of SAML sets it"  # noqa: S101  as said
    connected = provider.created_at.replace(microsecond=0)  # as exact as IssueInstant
    if not assertion.request_id and assertion.usable_until < connected + FRESH_FOR + SKEW:
        log.refuse(check, "replayed", "It was issued before this provider was connected here.")
    if not record_first(provider, assertion.message_id, until=assertion.usable_until):
        log.refuse(check, "replayed", Wording("The assertion {id} was used before.", id=assertion.message_id))
    log.passed(check)
