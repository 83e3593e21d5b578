import re

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from tests import cast
from tests.conftest import BrowserAs

USERS = "/admin/accounts/user/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def act(client: Client, action: str, *users: User, confirmed: bool = True) -> str:
    """Choose rows and an action on the users' page; answers the page that comes after it."""
    data: dict[str, object] = {"action": action, "_selected_action": [str(user.pk) for user in users]}
    if confirmed:
        data["confirmed"] = "yes"
    return client.post(USERS, data, follow=True).content.decode()


def revealed(page: str) -> str:
    found = re.search(r'<output class="revealed"[^>]*>(.+?)</output>', page)
    assert found is not None, page
    return found[1]


def test_it_creates_a_user_and_shows_the_temporary_password_once(admin: Client) -> None:
    answer = admin.post(f"{USERS}add/", {"email": "Dora@Example.com", "supplementary_groups": "100, 200"})

    dora = User.objects.get(email="dora@example.com")
    assert dora.check_password(revealed(answer.content.decode()))
    assert (dora.must_change_password, dora.supplementary_groups) == (True, [100, 200])
    assert "no-store" in answer["Cache-Control"]
    assert "revealed" not in admin.get(f"{USERS}{dora.pk}/change/").content.decode()


def test_it_shows_a_refusal_in_the_form_with_what_was_typed(admin: Client) -> None:
    page = admin.post(f"{USERS}add/", {"email": '"dora"@example.com', "first_name": "Dora"}).content.decode()

    assert "The e-mail address is not one" in page
    assert 'value="Dora"' in page
    assert not User.objects.filter(first_name="Dora").exists()


def test_it_changes_names_and_posix_ids_and_records_which(admin: Client, charlie: User) -> None:
    admin.post(f"{USERS}{charlie.pk}/change/", {"first_name": "Charlotte", "uid": "1001", "supplementary_groups": ""})

    charlie.refresh_from_db()
    assert (charlie.first_name, charlie.uid) == ("Charlotte", 1001)
    assert Event.objects.get(action="user:update").metadata["changed"] == ["first_name", "uid"]


def test_it_never_changes_an_email(admin: Client, charlie: User) -> None:
    admin.post(f"{USERS}{charlie.pk}/change/", {"email": "other@example.com", "supplementary_groups": ""})

    charlie.refresh_from_db()
    assert charlie.email == "charlie@example.com"


@pytest.mark.parametrize("typed", ["one", "1,-2", "1.5", str(2**32)])
def test_it_refuses_posix_groups_that_are_no_ids(admin: Client, charlie: User, typed: str) -> None:
    page = admin.post(f"{USERS}{charlie.pk}/change/", {"supplementary_groups": typed}).content.decode()

    assert "hole numbers" in page
    charlie.refresh_from_db()
    assert charlie.supplementary_groups == []


@pytest.mark.parametrize("action", ["disable", "enable", "sign_out_everywhere", "reset_the_password"])
def test_it_asks_before_it_acts(admin: Client, charlie: User, action: str) -> None:
    page = act(admin, action, charlie, confirmed=False)

    assert 'name="confirmed"' in page
    assert not Event.objects.exclude(action="session:sign-in").exists()


def test_it_disables_and_enables(admin: Client, charlie: User, alice: User) -> None:
    act(admin, "disable", charlie, alice)
    act(admin, "enable", alice)

    assert not User.objects.get(pk=charlie.pk).enabled
    assert User.objects.get(pk=alice.pk).enabled
    assert Event.objects.filter(action__in=["user:disable", "user:enable"]).count() == 3


def test_a_users_page_offers_what_applies(admin: Client, charlie: User, eve: User) -> None:
    enabled, disabled = (admin.get(f"{USERS}{user.pk}/change/").content.decode() for user in (charlie, eve))

    assert 'value="disable"' in enabled
    assert 'value="enable"' not in enabled
    assert 'value="enable"' in disabled


def test_it_says_which_row_was_refused_and_does_the_others(admin: Client, ada: User, charlie: User) -> None:
    page = act(admin, "disable", ada, charlie)

    assert "Not done for ada@example.com: This would leave no local system administrator" in page
    assert "Disable: done for charlie@example.com." in page
    assert list(User.objects.filter(enabled=False)) == [charlie]


def test_it_signs_a_user_out_everywhere(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    theirs = browser_as(charlie)

    act(admin, "sign_out_everywhere", charlie)

    assert theirs.get("/").status_code == 302
    assert charlie.sessions.live().count() == 0


def test_it_resets_a_password_and_shows_the_new_one_once(admin: Client, charlie: User) -> None:
    page = act(admin, "reset_the_password", charlie)

    charlie.refresh_from_db()
    assert charlie.check_password(revealed(page))
    assert charlie.must_change_password


def test_it_resets_one_password_at_a_time(admin: Client, charlie: User, alice: User) -> None:
    page = act(admin, "reset_the_password", charlie, alice)

    assert "Reset one password at a time." in page
    assert User.objects.get(pk=charlie.pk).check_password(cast.PASSWORD)


def test_it_deletes_a_user_with_their_sessions(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    browser_as(charlie)

    admin.post(f"{USERS}{charlie.pk}/delete/", {"post": "yes"})

    assert not User.objects.filter(pk=charlie.pk).exists()
    assert Event.objects.filter(action="user:delete", entity_name="charlie@example.com").exists()


def test_it_does_not_delete_the_last_administrator(admin: Client, ada: User) -> None:
    page = admin.post(f"{USERS}{ada.pk}/delete/", {"post": "yes"}, follow=True).content.decode()

    assert "no local system administrator" in page
    assert User.objects.filter(pk=ada.pk).exists()


def test_it_deletes_what_may_go_of_many(admin: Client, ada: User, charlie: User) -> None:
    data = {"action": "delete_selected", "confirmed": "yes", "_selected_action": [str(ada.pk), str(charlie.pk)]}

    admin.post(USERS, data)

    assert set(User.objects.filter(email__in=[ada.email, charlie.email])) == {ada}
