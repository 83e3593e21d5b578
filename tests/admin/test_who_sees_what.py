"""The admin asks access rules for every page, and shows no row that the person may not know of."""

import pytest
from django.test import Client

from accounts.models import Session, User
from tests import cast
from tests.conftest import BrowserAs

PAGES = ["accounts/user", "accounts/group", "accounts/membership", "accounts/session", "accounts/generalsettings"]


@pytest.fixture
def vera(tree: cast.Tree) -> User:
    """Department administrator of vision: reads users there, and changes none."""
    user = cast.person("vera")
    cast.rule("user", user.email, "Department administrator", tree.vision)
    return user


@pytest.mark.parametrize("page", [*PAGES, "audit/event"])
def test_it_opens_for_a_system_administrator(ada: User, browser_as: BrowserAs, page: str) -> None:
    assert browser_as(ada).get(f"/admin/{page}/", follow=True).status_code == 200


@pytest.mark.parametrize("page", ["", *(f"{page}/" for page in PAGES), "audit/event/"])
def test_it_is_closed_to_who_may_nothing(charlie: User, browser_as: BrowserAs, page: str) -> None:
    assert browser_as(charlie).get(f"/admin/{page}", follow=True).status_code == 403


def test_it_sends_strangers_to_the_sign_in_page(db: None, client: Client) -> None:
    answer = client.get("/admin/accounts/user/", follow=True)

    assert answer.redirect_chain[-1][0] == "/login?next=/admin/accounts/user/"


def test_it_lists_no_user_outside_the_scope_of_who_reads(
    vera: User, alice: User, charlie: User, browser_as: BrowserAs
) -> None:
    page = browser_as(vera).get("/admin/accounts/user/").content.decode()

    assert "alice@example.com" in page
    assert "charlie@example.com" not in page


def test_it_answers_an_unseen_user_as_an_unknown_one(vera: User, charlie: User, browser_as: BrowserAs) -> None:
    answer = browser_as(vera).get(f"/admin/accounts/user/{charlie.pk}/change/", follow=True)

    assert "charlie@example.com" not in answer.content.decode().replace(str(charlie.pk), "")
    assert answer.redirect_chain[0][0] == "/admin/"


def test_it_lists_no_session_of_an_unseen_user(vera: User, charlie: User, browser_as: BrowserAs) -> None:
    browser_as(charlie)

    page = browser_as(vera).get("/admin/accounts/session/").content.decode()

    assert "charlie@example.com" not in page
    assert Session.objects.filter(user=charlie).exists()


def test_it_lets_a_reader_change_nothing(vera: User, alice: User, browser_as: BrowserAs) -> None:
    browser = browser_as(vera)

    answer = browser.post(f"/admin/accounts/user/{alice.pk}/change/", {"first_name": "Mallory"})

    assert answer.status_code == 403
    assert User.objects.get(pk=alice.pk).first_name == "Alice"
    assert browser.get("/admin/accounts/user/add/").status_code == 403
    assert browser.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403


def test_it_offers_a_reader_no_action(vera: User, alice: User, browser_as: BrowserAs) -> None:
    page = browser_as(vera).get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()

    assert 'name="action"' not in page


def test_it_offers_no_hidden_user_for_a_group(vera: User, charlie: User, browser_as: BrowserAs) -> None:
    query = "app_label=accounts&model_name=membership&field_name=user&term=charlie"

    answer = browser_as(vera).get(f"/admin/autocomplete/?{query}")

    assert "charlie" not in answer.content.decode()
