import pytest
from django.test import Client

from accounts.models import Session, User
from tests import cast

FORMS = ["/logout", "/password", "/session/stay"]


@pytest.fixture
def strict(charlie: User) -> Client:
    """charlie's browser, with the protection that Django's test client leaves out."""
    client = Client(enforce_csrf_checks=True)
    client.get("/login")
    token = client.cookies["csrftoken"].value
    sent = {"email": charlie.email, "password": cast.PASSWORD, "csrfmiddlewaretoken": token}
    assert client.post("/login", sent).status_code == 302
    return client


@pytest.mark.parametrize("path", FORMS)
def test_no_form_works_from_elsewhere(strict: Client, path: str) -> None:
    assert strict.post(path).status_code == 403
    assert Session.objects.live().count() == 1


def test_nobody_is_signed_in_from_elsewhere(charlie: User) -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post("/login", {"email": charlie.email, "password": cast.PASSWORD})

    assert answer.status_code == 403
    assert "Please try again" in answer.content.decode()
    assert Session.objects.count() == 0


def test_a_session_is_ended_by_its_own_form_only(strict: Client) -> None:
    assert strict.post(f"/account/sessions/{Session.objects.get().pk}/end").status_code == 403


def test_its_own_token_works(strict: Client) -> None:
    token = strict.cookies["csrftoken"].value

    assert strict.post("/session/stay", headers={"X-CSRFToken": token}).status_code == 200


def test_cookies_are_out_of_reach_of_scripts_and_of_other_sites(strict: Client) -> None:
    session = strict.cookies["session"]

    assert (session["httponly"], session["samesite"]) == (True, "Lax")
    assert strict.cookies["csrftoken"]["httponly"]
