import csv
import io
from html import unescape
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client

import audit.services as audit
from accounts.models import User
from audit.models import Event
from tests.conftest import BrowserAs

EVENTS = "/admin/audit/event/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def test_it_lists_and_searches_events(admin: Client, ada: User, charlie: User) -> None:
    audit.record("user:update", actor=ada, target=charlie)

    assert ">user:update<" in admin.get(f"{EVENTS}?q=charlie@example.com").content.decode()
    assert ">user:update<" not in admin.get(f"{EVENTS}?q=nobody").content.decode()


def test_it_shows_an_event_without_running_what_is_in_it(admin: Client, ada: User) -> None:
    event = audit.record("user:update", actor=ada, changed="<script>alert(1)</script>")

    page = admin.get(f"{EVENTS}{event.pk}/change/").content.decode()

    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_it_is_where_the_history_of_an_object_is(admin: Client, ada: User, charlie: User) -> None:
    audit.record("user:update", actor=ada, target=charlie)
    audit.record("group:update", actor=ada)

    page = admin.get(f"/admin/accounts/user/{charlie.pk}/history/", follow=True).content.decode()

    assert ">user:update<" in page
    assert ">group:update<" not in page


@pytest.mark.parametrize("page", ["add/", "{}/change/", "{}/delete/"])
def test_it_only_grows(admin: Client, page: str) -> None:
    event = Event.objects.get(action="session:sign-in")

    answer = admin.post(EVENTS + page.format(event.pk), {"post": "yes", "action": "forged"})

    assert answer.status_code == 403
    assert Event.objects.get().action == "session:sign-in"


def test_it_says_how_often_a_refusal_was_repeated(admin: Client, ada: User) -> None:
    for _ in range(42):
        Client().post("/login", {"email": ada.email, "password": "wrong"})
    last = Event.objects.filter(repeated__gt=0).latest("at")

    assert last.repeated == 27 and "Failed, and 27 more" in admin.get(EVENTS).content.decode()
    assert "and 27 more until" in admin.get(f"{EVENTS}{last.pk}/change/").content.decode()


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


@pytest.mark.parametrize(
    "query", ["", "?q=charlie@example.com", "?result=Failed", "?q=charlie@example.com&result=Succeeded"]
)
def test_it_hands_out_what_the_list_shows(admin: Client, ada: User, charlie: User, query: str) -> None:
    audit.record("user:update", actor=ada, target=charlie)
    Client().post("/login", {"email": charlie.email, "password": "wrong"})
    page = admin.get(f"{EVENTS}{query}")

    answer = admin.get(f"{EVENTS}export/{query}")

    assert answer["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    assert [row["id"] for row in rows_of(answer)] == [str(event.pk) for event in page.context["cl"].result_list]
    assert f'href="{EVENTS}export/{query or "?"}"' in unquote(unescape(page.content.decode()))


def test_a_cell_of_it_is_no_formula(admin: Client, ada: User) -> None:
    audit.record("user:update", actor=None, subject="=cmd|calc")

    assert rows_of(admin.get(f"{EVENTS}export/"))[0]["subject"] == "'=cmd|calc"


@pytest.mark.parametrize("query", ["?metadata__contains=a", "?p=0", "?q=" + "a+" * 40])
def test_it_hands_out_nothing_that_the_list_refuses(admin: Client, query: str) -> None:
    assert admin.get(f"{EVENTS}export/{query}").status_code == 400


def test_it_hands_out_nothing_to_who_may_not_read_it(vera: User, browser_as: BrowserAs) -> None:
    assert browser_as(vera).get(f"{EVENTS}export/").status_code == 403
