import pytest
from rest_framework.test import APIClient

from access.models import AccessRule, Scope
from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from accounts.services.sign_in import check_password
from accounts.services.users import create_user, disable_user, update_user
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict, Invalid, Unauthenticated
from tests import cast
from tests.conftest import APIAs

pytestmark = pytest.mark.django_db


def url(user: User, rest: str = "") -> str:
    return f"/api/v1/users/{user.pk}{rest}"


def send(client: APIClient, verb: str, user: User) -> int:
    """The status of one of the changes, by its name."""
    answers = {
        "disable": lambda: client.patch(url(user), {"enabled": False}, format="json"),
        "enable": lambda: client.patch(url(user), {"enabled": True}, format="json"),
        "rename": lambda: client.patch(url(user), {"firstName": "Al"}, format="json"),
        "reset": lambda: client.post(url(user, "/password")),
        "logout": lambda: client.post(url(user, "/logout")),
        "delete": lambda: client.delete(url(user)),
    }
    status: int = answers[verb]().status_code
    return status


VERBS = {
    "disable": (200, "user:disable"),
    "rename": (200, "user:update"),
    "reset": (200, "user:password:reset"),
    "logout": (200, "user:logout"),
    "delete": (204, "user:delete"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_an_administrator_may_and_it_is_recorded(verb: str, ada: User, alice: User, api_as: APIAs) -> None:
    status = send(api_as(ada), verb, alice)

    assert status == VERBS[verb][0]
    assert Event.objects.filter(action=VERBS[verb][1], subject=ada.email, entity_name=alice.email).count() == 1


@pytest.mark.parametrize("verb", VERBS)
def test_it_refuses_others(verb: str, alice: User, charlie: User, api_as: APIAs) -> None:
    status = send(api_as(charlie), verb, alice)

    assert status == 403
    assert not Event.objects.filter(action=VERBS[verb][1]).exists()


@pytest.mark.parametrize("verb", VERBS)
def test_it_refuses_to_touch_somebody_stronger(verb: str, ada: User, tree: cast.Tree, api_as: APIAs) -> None:
    owner = cast.person("owner")
    cast.rule("user", owner.email, "System administrator", Scope.objects.get(pk="0"))

    status = send(api_as(ada), verb, owner)

    owner.refresh_from_db()
    assert status == 403
    assert owner.enabled and owner.check_password(cast.PASSWORD) and owner.first_name == "Owner"


@pytest.mark.parametrize("verb", ["disable", "reset", "logout", "delete"])
def test_it_ends_the_sessions_of_that_user_only(verb: str, ada: User, alice: User, bob: User, api_as: APIAs) -> None:
    start_session(user=alice, kind=SessionKind.BROWSER)
    bobs = start_session(user=bob, kind=SessionKind.DEVICE)

    send(api_as(ada), verb, alice)

    assert [session.pk for session in Session.objects.live()] == [bobs.pk]


@pytest.mark.parametrize("verb", ["disable", "delete"])
def test_it_keeps_the_last_administrator(verb: str, ada: User, api_as: APIAs) -> None:
    status = send(api_as(ada), verb, ada)

    assert status == 409
    assert User.objects.filter(pk=ada.pk, enabled=True).exists()


def test_a_disabled_user_cannot_sign_in_before_being_enabled_again(ada: User, alice: User, api_as: APIAs) -> None:
    send(api_as(ada), "disable", alice)
    with pytest.raises(Unauthenticated):
        check_password(email=alice.email, password=cast.PASSWORD)

    send(api_as(ada), "enable", alice)

    assert check_password(email=alice.email, password=cast.PASSWORD) == alice
    assert Event.objects.filter(action="user:enable", entity_name=alice.email).count() == 1


def test_it_refuses_to_disable_twice(ada: User, alice: User) -> None:
    disable_user(actor=ada, user=alice)

    with pytest.raises(Conflict):
        disable_user(actor=ada, user=alice)


def test_a_refused_half_of_a_change_takes_the_other_half_with_it(ada: User, api_as: APIAs) -> None:
    response = api_as(ada).patch(url(ada), {"firstName": "Gone", "enabled": False}, format="json")

    ada.refresh_from_db()
    assert (response.status_code, ada.first_name) == (409, "Ada")


def test_a_reset_password_must_be_changed_at_the_next_sign_in(ada: User, alice: User, api_as: APIAs) -> None:
    temporary = api_as(ada).post(url(alice, "/password")).json()["tempPassword"]

    assert check_password(email=alice.email, password=temporary).must_change_password
    with pytest.raises(Unauthenticated):
        check_password(email=alice.email, password=cast.PASSWORD)


def test_it_refuses_to_reset_the_password_of_a_single_sign_on_user(ada: User, api_as: APIAs) -> None:
    user, _ = create_user(actor=SYSTEM, email="dora@example.com", is_local=False)

    response = api_as(ada).post(url(user, "/password"))

    assert (response.status_code, response.json()["details"]) == (409, "not_local")


def test_a_deleted_user_leaves_no_rule_and_stays_in_the_trail(ada: User, alice: User, api_as: APIAs) -> None:
    send(api_as(ada), "delete", alice)

    assert not User.objects.filter(email="alice@example.com").exists()
    assert not AccessRule.objects.live().filter(subject_id="alice@example.com").exists()
    assert Event.objects.get(action="user:delete").entity_name == "alice@example.com"


@pytest.mark.parametrize("change", [{"uid": -1}, {"gid": 2**32}, {"supplementaryGroups": ["x"]}, {"enabled": "maybe"}])
def test_it_refuses_what_a_user_cannot_be(change: dict[str, object], ada: User, alice: User, api_as: APIAs) -> None:
    response = api_as(ada).patch(url(alice), change, format="json")

    assert response.status_code == 400


def test_it_sets_posix_ids_and_shows_them(ada: User, alice: User, api_as: APIAs) -> None:
    ids = {"uid": 1000, "gid": 0, "supplementaryGroups": [4, 2**32 - 2]}

    response = api_as(ada).patch(url(alice), ids, format="json")

    assert response.status_code == 200
    assert ids.items() <= api_as(ada).get(url(alice)).json().items()


@pytest.mark.parametrize("field", ["uid", "gid"])
def test_it_refuses_the_posix_id_that_means_nobody(field: str, alice: User) -> None:
    with pytest.raises(Invalid):
        update_user(actor=SYSTEM, user=alice, **{field: 2**32 - 1})  # type: ignore[arg-type]  # is no other argument

    assert getattr(User.objects.get(pk=alice.pk), field) is None
