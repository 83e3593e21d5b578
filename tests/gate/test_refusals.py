"""The code that tells an administrator, in the audit log, why the gate was shut."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from access.models import AccessRule
from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from clustersync.models import Cluster
from tokens.models import Application
from tokens.ports.audiences import ClusterAudience
from tokens.services.gate import NotAdmitted, gate


@pytest.fixture
def session(alice: User) -> Session:
    return start_session(user=alice, kind=SessionKind.DEVICE)


def code_for_person(session: Session, **instead: object) -> str:
    asked = {"user_id": session.user_id, "session_id": session.pk, "client_id": "cli", **instead}
    with pytest.raises(NotAdmitted) as refusal:
        gate(**asked)  # type: ignore[arg-type]  # one of its arguments is wrong on purpose
    return refusal.value.code


def in_cluster(cluster: Cluster) -> ClusterAudience:
    return ClusterAudience(cluster.audience, cluster.scope, cluster.enabled)


@pytest.mark.parametrize(
    ("happen", "code"),
    [
        (lambda: Session.objects.update(revoked_at=timezone.now()), "session_revoked"),
        (
            lambda: Session.objects.update(created_at=timezone.now() - timedelta(days=9), expires_at=timezone.now()),
            "session_over",
        ),
        (lambda: Session.objects.all().delete(), "session_missing"),
        (lambda: User.objects.update(enabled=False), "user_disabled"),
        (lambda: User.objects.update(must_change_password=True), "must_change_password"),
    ],
)
def test_it_says_what_speaks_against_a_person(session: Session, happen: Callable[[], object], code: str) -> None:
    happen()

    assert code_for_person(session) == code


def test_nobody_comes_in_with_the_session_of_somebody_else(session: Session, bob: User) -> None:
    assert code_for_person(session, user_id=bob.pk) == "session_missing"
    assert code_for_person(session, session_id=None) == "session_missing"
    assert code_for_person(session, user_id=uuid4()) == "session_missing"


def test_it_says_what_speaks_against_a_person_in_a_cluster(session: Session, prod: Cluster) -> None:
    AccessRule.objects.update(deleted_at=timezone.now())
    no_rule = code_for_person(session, cluster=in_cluster(prod))
    Cluster.objects.update(enabled=False)

    assert no_rule == "no_rule_reaches_cluster"
    assert code_for_person(session, cluster=in_cluster(prod)) == "cluster_disabled"


def test_an_application_that_acts_for_nobody_but_people_gets_nothing_for_itself(db: None) -> None:
    with pytest.raises(NotAdmitted) as refusal:
        gate(client_id="cli")

    assert refusal.value.code == "unauthorized_client"
    assert "not registered for this grant type" in refusal.value.message


def test_it_says_what_speaks_against_an_application(robo: Application) -> None:
    with pytest.raises(NotAdmitted) as another:
        gate(client_id="robo", application_id=uuid4())
    Application.objects.update(enabled=False)
    with pytest.raises(NotAdmitted) as disabled:
        gate(client_id="robo", application_id=robo.pk)
    with pytest.raises(NotAdmitted) as missing:
        gate(client_id="nobody")

    codes = [refusal.value.code for refusal in (another, disabled, missing)]
    assert codes == ["application_missing", "application_disabled", "application_missing"]
