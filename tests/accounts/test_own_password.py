import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services import passwords
from accounts.services.passwords import change_password, reset_password
from accounts.services.sessions import start_session
from accounts.services.sign_in import check_password
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict, Unauthenticated
from tests import cast
from tests.conftest import APIAs
from tokens.models import Application

pytestmark = pytest.mark.django_db
NEW = "New-Horse-$2`"


def change(client: APIClient, current: object = cast.PASSWORD, new: object = NEW) -> tuple[int, str]:
    body = {"currentPassword": current, "newPassword": new}
    response = client.post("/api/v1/me/password", body, format="json")
    return response.status_code, response.json()["details"] if response.content else ""


def test_it_changes_the_password(alice: User, api_as: APIAs) -> None:
    assert change(api_as(alice)) == (200, "")

    assert check_password(email=alice.email, password=NEW) == alice
    with pytest.raises(Unauthenticated):
        check_password(email=alice.email, password=cast.PASSWORD)


def test_it_fulfils_the_duty_to_change_it(alice: User, api_as: APIAs) -> None:
    User.objects.filter(pk=alice.pk).update(must_change_password=True)

    change(api_as(alice))

    assert not User.objects.get(pk=alice.pk).must_change_password


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        ("Wrong-Horse-1", NEW, "wrong_password"),
        (cast.PASSWORD, "short", "poor_password"),
        (cast.PASSWORD, "alice@example.com", "poor_password"),
        (cast.PASSWORD, cast.PASSWORD, "same_password"),
        (cast.PASSWORD, "x" * 2000, "poor_password"),
        (cast.PASSWORD, 12345678, "invalid"),
    ],
)
def test_it_refuses_and_changes_nothing(current: str, new: object, code: str, alice: User, api_as: APIAs) -> None:
    assert change(api_as(alice), current, new) == (400, code)

    assert User.objects.get(pk=alice.pk).check_password(cast.PASSWORD)


def test_wrong_current_passwords_count_as_tries(alice: User, api_as: APIAs) -> None:
    for _ in range(settings.SIGN_IN_TRIES_PER_ACCOUNT):
        change(api_as(alice), "Wrong-Horse-1")

    assert change(api_as(alice)) == (400, "wrong_password")


def test_it_ends_the_other_sessions_and_keeps_this_one(alice: User, bob: User) -> None:
    this, _ = (start_session(user=alice, kind=SessionKind.BROWSER) for _ in range(2))
    bobs = start_session(user=bob, kind=SessionKind.BROWSER)

    change_password(user=alice, current=cast.PASSWORD, new=NEW, keep=this)

    assert set(Session.objects.live()) == {this, bobs}


def test_it_does_not_undo_a_reset_that_happens_meanwhile(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = check_password(email=alice.email, password=cast.PASSWORD)
    reset_password(actor=SYSTEM, user=User.objects.get(pk=alice.pk))
    monkeypatch.setattr(passwords, "check_password", lambda **given: checked)

    with pytest.raises(Conflict):
        change_password(user=alice, current=cast.PASSWORD, new=NEW)

    assert User.objects.get(pk=alice.pk).must_change_password


def test_it_refuses_an_application(robo: Application, api_as: APIAs) -> None:
    assert change(api_as(robo)) == (403, "not_a_person")


def test_it_refuses_nobody_at_all() -> None:
    assert change(APIClient())[0] == 401


def test_it_records_the_change_without_either_password(alice: User, api_as: APIAs) -> None:
    change(api_as(alice))

    event = Event.objects.get(action="user:password:change")
    assert event.subject == event.entity_name == alice.email
    assert NEW not in str(event.__dict__) and cast.PASSWORD not in str(event.__dict__)
