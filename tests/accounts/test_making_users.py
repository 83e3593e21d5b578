import pytest

from access.models import Scope
from accounts.models import User
from accounts.services.sign_in import check_password
from accounts.services.users import create_user
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Invalid
from tests import cast
from tests.conftest import APIAs

pytestmark = pytest.mark.django_db
URL = "/api/v1/users"


def test_it_makes_a_user_with_a_temporary_password(ada: User, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"email": "Dora@Example.com"}, format="json")

    assert response.status_code == 201
    assert response.json().keys() == {"id", "username", "tempPassword"}
    assert response["Cache-Control"] == "no-store"
    dora = check_password(email="dora@example.com", password=response.json()["tempPassword"])
    assert (dora.email, dora.must_change_password, dora.created_by) == ("dora@example.com", True, ada.email)


def test_it_makes_a_user_whose_password_need_not_be_changed(ada: User, api_as: APIAs) -> None:
    api_as(ada).post(URL, {"email": "dora@example.com", "resetPassword": False}, format="json")

    assert not User.objects.get(email="dora@example.com").must_change_password


@pytest.mark.parametrize("name", ["alice", "charlie"])
def test_it_refuses_who_may_not_make_users(name: str, request: pytest.FixtureRequest, api_as: APIAs) -> None:
    response = api_as(request.getfixturevalue(name)).post(URL, {"email": "dora@example.com"}, format="json")

    assert response.status_code == 403
    assert not User.objects.filter(email="dora@example.com").exists()


def test_it_refuses_a_second_user_with_the_e_mail(ada: User, alice: User, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"email": "ALICE@example.com"}, format="json")

    assert (response.status_code, response.json()["details"]) == (409, "user_exists")


@pytest.mark.parametrize(
    "email", ["", "dora", "dora@example", "dora@@example.com", "do ra@example.com", "dóra@example.com", "a@b.c\nd"]
)
def test_it_refuses_what_is_no_e_mail_address(email: str, ada: User, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"email": email}, format="json")

    assert response.status_code == 400


def test_it_says_that_it_sends_no_mail(ada: User, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"email": "dora@example.com", "notify": True}, format="json")

    assert (response.status_code, response.json()["details"]) == (400, "no_mail")
    assert not User.objects.filter(email="dora@example.com").exists()


def test_it_records_who_made_whom_and_not_the_password(ada: User, api_as: APIAs) -> None:
    response = api_as(ada).post(URL, {"email": "dora@example.com"}, format="json")

    event = Event.objects.get(action="user:create")
    assert (event.subject, event.entity_name) == (ada.email, "dora@example.com")
    assert response.json()["tempPassword"] not in str(event.__dict__)


def test_it_leaves_a_single_sign_on_user_without_a_password(tree: cast.Tree) -> None:
    user, temporary = create_user(actor=SYSTEM, email="dora@example.com", is_local=False)

    assert temporary is None
    assert not user.has_usable_password() and not user.must_change_password


def test_it_refuses_a_poor_first_password(tree: cast.Tree) -> None:
    with pytest.raises(Invalid, match="fewer than 8"):
        create_user(actor=SYSTEM, email="dora@example.com", password="short")


def test_it_does_not_hand_out_access_that_waits_for_the_e_mail(ada: User, api_as: APIAs) -> None:
    cast.rule("user", "owner@example.com", "System administrator", Scope.objects.get(pk="0"))

    response = api_as(ada).post(URL, {"email": "owner@example.com"}, format="json")

    assert (response.status_code, response.json()["details"]) == (403, "exceeds_own_access")
    assert not User.objects.filter(email="owner@example.com").exists()
