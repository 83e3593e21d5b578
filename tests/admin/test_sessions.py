from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from audit.models import Event
from tests.conftest import BrowserAs

SESSIONS = "/admin/accounts/session/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def test_it_ends_a_session_after_asking(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    theirs = browser_as(charlie)
    session = Session.objects.get(user=charlie)
    chosen = {"action": "end", "_selected_action": [str(session.pk)]}

    asked = admin.post(SESSIONS, chosen)
    assert "Signed out there at once" in asked.content.decode()
    admin.post(SESSIONS, {**chosen, "confirmed": "End sessions"})

    assert theirs.get("/").status_code == 302
    assert Event.objects.filter(action="session:revoke", subject="ada@example.com").count() == 1


def test_it_tells_the_person_why(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    theirs = browser_as(charlie)
    session = Session.objects.get(user=charlie)

    admin.post(SESSIONS, {"action": "end", "_selected_action": [str(session.pk)], "confirmed": "yes"})

    assert "An administrator ended your session." in theirs.get("/", follow=True).content.decode()


def test_it_lists_live_sessions_apart(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    theirs = browser_as(charlie)
    theirs.post("/logout")

    assert "charlie@example.com" not in admin.get(f"{SESSIONS}?state=live").content.decode()
    assert "charlie@example.com" in admin.get(f"{SESSIONS}?state=over").content.decode()


@pytest.mark.parametrize("page", ["add/", "{}/delete/"])
def test_it_neither_makes_nor_deletes_one(admin: Client, page: str) -> None:
    session = Session.objects.get()

    assert admin.post(SESSIONS + page.format(session.pk), {"post": "yes"}).status_code == 403
    assert Session.objects.filter(pk=session.pk).exists()


def test_it_changes_nothing_of_one(admin: Client) -> None:
    session = Session.objects.get()

    admin.post(f"{SESSIONS}{session.pk}/change/", {"user_agent": "changed", "expires_at_0": "2099-01-01"})

    assert Session.objects.get().expires_at == session.expires_at
    assert Session.objects.get().user_agent == session.user_agent


def test_it_shows_no_key_of_a_browser(admin: Client) -> None:
    session = Session.objects.get()

    page = admin.get(f"{SESSIONS}{session.pk}/change/").content.decode()

    assert session.browser_key not in page


def test_it_offers_no_saving_where_nothing_can_be_changed(admin: Client) -> None:
    page = admin.get(f"{SESSIONS}{Session.objects.get().pk}/change/").content.decode()

    assert 'name="_save"' not in page
    assert 'name="_continue"' not in page


def test_it_says_when_one_ends_if_nothing_happens(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    browser_as(charlie)
    noted, row = datetime(2099, 3, 2, 9, tzinfo=UTC), Session.objects.get(user=charlie)
    Session.objects.filter(pk=row.pk).update(last_active_at=noted, expires_at=noted + timedelta(hours=9))

    pages = [admin.get(address).content.decode() for address in (SESSIONS, f"{SESSIONS}{row.pk}/change/")]

    assert ['title="2099-03-02 10:01:00 UTC">in ' in page for page in pages] == [True, True]


def test_who_is_idle_is_listed_among_those_that_are_over(admin: Client, charlie: User, browser_as: BrowserAs) -> None:
    browser_as(charlie)
    Session.objects.filter(user=charlie).update(last_active_at=timezone.now() - timedelta(minutes=61))

    assert "charlie@example.com" not in admin.get(f"{SESSIONS}?state=live").content.decode()
    assert "charlie@example.com" in admin.get(f"{SESSIONS}?state=over").content.decode()
