from collections.abc import Callable

import pytest

import audit.services as audit
from accounts.models import User
from audit.models import Event
from common import context
from common.actors import SYSTEM
from tokens.models import Application

pytestmark = pytest.mark.django_db

CHANGES: dict[str, Callable[[Event], object]] = {
    "save": lambda event: event.save(),
    "delete": lambda event: event.delete(),
    "update many": lambda event: Event.objects.update(subject="somebody else"),
    "delete many": lambda event: Event.objects.all().delete(),
    "bulk update": lambda event: Event.objects.bulk_update([event], ["subject"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_written_stays(change: str) -> None:
    event = audit.record("user:create", actor=SYSTEM)

    with pytest.raises(TypeError):
        CHANGES[change](event)

    assert Event.objects.get().subject == "system"


def test_it_names_the_actor_and_the_object(ada: User, robo: Application) -> None:
    by_user = audit.record("application:disable", actor=ada, target=robo, because="unused")
    by_application = audit.record("user:create", actor=robo, target=ada)

    assert (by_user.subject_type, by_user.subject_id, by_user.subject) == ("User", str(ada.pk), ada.email)
    assert (by_user.entity_type, by_user.entity_id) == ("Application", str(robo.pk))
    assert by_user.metadata == {"because": "unused"}
    assert by_application.subject_type == "App"


def test_it_keeps_the_claim_of_somebody_unknown() -> None:
    event = audit.record("session:sign-in", actor=None, result=audit.FAILED, reason="x" * 500, subject="x" * 500)

    assert (len(event.reason), len(event.subject)) == (200, 254)
    assert (event.subject_id, event.subject_type) == ("", "")


def test_it_knows_the_request_it_came_with() -> None:
    here = context.RequestContext(
        request_id="r" * 8, source_ip="2001:db8::1", user_agent="curl", method="POST", path="/api/v1/users"
    )
    token = context.enter(here)

    event = audit.record("user:create", actor=SYSTEM)
    context.leave(token)

    assert (event.request_id, event.source_ip, event.url) == ("r" * 8, "2001:db8::1", "/api/v1/users")


def test_the_name_outlives_the_object(ada: User, alice: User) -> None:
    audit.record("user:delete", actor=ada, target=alice)

    User.objects.all().delete()

    assert Event.objects.get().entity_name == "alice@example.com"
