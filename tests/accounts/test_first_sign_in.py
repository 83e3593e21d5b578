import pytest
from django.test import Client

from accounts.models import User
from accounts.services.users import create_user
from common.actors import SYSTEM
from tests.conftest import BrowserAs

NEW = "Another-Horse-2"


@pytest.fixture
def temporary(ada: User) -> str:
    """The password that dora was given."""
    _, password = create_user(actor=SYSTEM, email="dora@example.com")
    return password or ""


@pytest.fixture
def dora(client: Client, temporary: str) -> Client:
    client.post("/login", {"email": "dora@example.com", "password": temporary})
    return client


def change(client: Client, current: str, new: str = NEW, again: str | None = None) -> str:
    sent = {"current": current, "new": new, "again": new if again is None else again}
    return client.post("/password", sent, follow=True).content.decode()


@pytest.mark.parametrize("page", ["/", "/account", "/admin/", "/admin/accounts/user/", "/api/v1/me"])
def test_it_gets_no_further_than_choosing_a_password(dora: Client, page: str) -> None:
    assert dora.get(page)["Location"].partition("?")[0] == "/password"


def test_it_then_goes_where_they_were_going(dora: Client, temporary: str) -> None:
    sent_to = dora.get("/account")["Location"]
    there = dora.get(sent_to).context["next"]

    answer = dora.post("/password", {"current": temporary, "new": NEW, "again": NEW, "next": there})

    assert (there, answer["Location"]) == ("/account", "/account")


@pytest.mark.parametrize("page", ["/passwords/../admin/", "/password/", "/sessionx", "/static/../admin/"])
def test_a_look_alike_path_shows_nothing_either(dora: Client, page: str) -> None:
    assert dora.get(page).status_code in (302, 404)


def test_it_opens_everything_after_that(dora: Client, temporary: str) -> None:
    page = change(dora, temporary)

    assert "Your password is changed." in page
    assert dora.get("/account").status_code == 200
    assert not User.objects.get(email="dora@example.com").must_change_password


@pytest.mark.parametrize(
    ("new", "again", "why"),
    [
        ("short", "short", "fewer than 8 characters"),
        ("password123456789", "password123456789x", "The two new passwords differ."),
        ("dora@example.com", "dora@example.com", "The password is the e-mail address."),
    ],
)
def test_it_refuses_a_poor_password_at_its_field(dora: Client, temporary: str, new: str, again: str, why: str) -> None:
    page = change(dora, temporary, new, again)

    assert why in page
    assert 'aria-invalid="true"' in page
    assert User.objects.get(email="dora@example.com").must_change_password


def test_it_does_not_take_the_temporary_password_again(dora: Client, temporary: str) -> None:
    assert "The new password is the old one." in change(dora, temporary, temporary)

    assert User.objects.get(email="dora@example.com").must_change_password


def test_it_asks_for_the_current_password(dora: Client) -> None:
    assert "The current password is not right" in change(dora, "Wrong-Password-1")

    assert dora.get("/")["Location"] == "/password"


def test_it_can_be_left_by_signing_out(dora: Client) -> None:
    assert dora.post("/logout")["Location"] == "/login?signed-out"


def test_changing_it_later_signs_out_everywhere_else_and_says_why(charlie: User, browser_as: BrowserAs) -> None:
    here, elsewhere = browser_as(charlie), browser_as(charlie)

    change(here, "Correct-Horse-1")

    assert here.get("/").status_code == 200
    assert "The password was changed" in elsewhere.get("/", follow=True).content.decode()
