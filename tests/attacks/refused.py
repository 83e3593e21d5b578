"""What every refusal of a directory's answer has to leave behind, and what it must not."""

from typing import Any

from accounts.models import Membership, Session, User
from audit.models import Event
from sso.models import Attempt
from tests.sso.signing_in import Visitor, failed_checks


def refused(visitor: Visitor, answer: Any, code: str) -> str:
    """Not a session, user or membership; an audit event and an attempt, whose reference the person read.

    Answers the check that failed. For browsers that had not signed in before.
    """
    assert 400 <= answer.status_code < 500, answer.content
    assert not visitor.is_signed_in()
    assert not Session.objects.exists()
    assert not User.objects.filter(is_local=False).exists()
    assert not Membership.objects.exclude(source="").exists()
    attempt = Attempt.objects.latest("at")
    assert (attempt.outcome, attempt.code) == ("refused", code), attempt.checks
    assert attempt.reference in answer.content.decode()
    event = Event.objects.filter(action="session:sign-in", result="Failed").latest("at")
    assert (event.reason, event.metadata["reference"]) == (code, attempt.reference)
    (check,) = failed_checks(attempt)
    return check
