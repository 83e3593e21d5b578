"""The audit log as a timeline: narrowed by its address, newest first, page after page, and what belongs to an entry."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import audit.services as audit
from accounts.models import User
from audit.admin.filters import FILTERS
from audit.models import Event
from tests.conftest import BrowserAs
from tests.memory import peak_of

EVENTS = "/admin/audit/event/"
USER, THING = "6" * 8 + "-6666-4666-8666-" + "6" * 12, "7" * 8 + "-7777-4777-8777-" + "7" * 12
ONE: dict[str, Any] = {
    "action": "user:update",
    "result": "Failed",
    "subject": "mia@example.com",
    "subject_id": USER,
    "entity_type": "Session",
    "entity_id": THING,
    "entity_name": "door",
    "source_ip": "192.0.2.7",
    "session_id": "5" * 36,
    "grant_id": "4" * 36,
    "token_id": "3" * 32,
    "request_id": "2" * 32,
}
QUERIES = [
    "action=user:update",
    "actor=mia@example.com",
    "actor=MIA@example.com",
    "actor=" + USER,
    "target=door",
    "target=" + THING,
    "result=Failed",
    "address=192.0.2.7",
    "session=" + "5" * 36,
    "grant=" + "4" * 36,
    "token=" + "3" * 32,
    "token=JTI=" + "3" * 32,
    "request=" + "2" * 32,
    "entity_id=" + THING,
    "entity_id=" + USER,
    "since={yesterday}",
    "until={yesterday}",
    "within=24h",
]
SEARCHED = ["mia@example.com", "user:update", "door", *(ONE[name] for name in ONE if name.endswith("_id"))]


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def shown(browser: Client, query: str) -> list[Event]:
    answer = browser.get(f"{EVENTS}?{query}")
    assert answer.status_code == 200, answer.content
    return list(answer.context["cl"].result_list)


@pytest.mark.parametrize("query", QUERIES)
def test_it_is_narrowed_by_its_address(admin: Client, query: str) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    ago = timedelta(hours=25 if query.startswith("until") else 1)
    wanted = Event.objects.create(**ONE, at=timezone.now() - ago)
    Event.objects.create(
        action="group:create",
        at=yesterday - timedelta(days=1) if "until" not in query else yesterday + timedelta(hours=2),
    )

    found = shown(admin, query.format(yesterday=f"{yesterday:%Y-%m-%dT%H:%M}"))

    assert wanted in found and not any(event.action == "group:create" for event in found)


def test_each_filter_is_tried_here() -> None:
    assert {query.partition("=")[0] for query in QUERIES} == {one.parameter_name for one in FILTERS}


@pytest.mark.parametrize("text", [*SEARCHED, "JTI=" + "3" * 32])
def test_its_search_finds_names_and_ids_whole(admin: Client, text: str) -> None:
    wanted = Event.objects.create(**ONE)

    assert shown(admin, f"q={text}") == [wanted]
    assert shown(admin, f"q={text}x") == []


@pytest.mark.parametrize(
    "query",
    [
        "address=here",
        "action=no such",
        "result=Maybe",
        "since=x",
        "until=0000-00-00",
        "within=1y",
        "older=x",
        "older=1e5",
        "older=999999999",
        "p=2",
        "all=1",
        "grant=" + "x" * 65,
        "metadata=1",
        "actor=a&actor=b",
    ],
)
def test_what_it_does_not_offer_is_refused_in_words(admin: Client, query: str) -> None:
    answer = admin.get(f"{EVENTS}?{query}")

    assert answer.status_code == 400 and 'class="errornote"' in answer.content.decode()
    assert admin.get(f"{EVENTS}export/?{query}").status_code == 400
    assert admin.get(f"{EVENTS}export/json/?{query}").status_code == 400


def test_fields_left_blank_do_not_stay_in_the_address(admin: Client) -> None:
    answer = admin.get(f"{EVENTS}?action=user%3Aupdate&actor=&within=&q=")

    assert answer["Location"] == f"{EVENTS}?action=user%3Aupdate"


def test_pages_follow_each_other_without_a_gap_also_at_the_same_time(admin: Client) -> None:
    at = timezone.now()
    made = [Event.objects.create(action="user:update", at=at - timedelta(seconds=n // 7)).pk for n in range(120)]
    seen: list[int] = []
    page = admin.get(f"{EVENTS}?action=user:update")
    while page:
        seen += [event.pk for event in page.context["cl"].result_list]
        older = re.search(r'href="(\?[^"]*older=[^"]*)"', page.content.decode())
        page = older and admin.get(EVENTS + unescape(older[1]))  # type: ignore[assignment]

    assert len(seen) == 120 and set(seen) == set(made)
    assert seen == list(Event.objects.filter(pk__in=made).order_by("-at", "-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("query", ["", "q=door", "entity_id=" + THING, "actor=Mia&target=door&result=Failed"])
def test_it_takes_the_same_statements_however_much_there_is(admin: Client, query: str) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            shown(admin, query)
        assert not any("COUNT(" in one["sql"] for one in asked)
        return len(asked)

    statements()
    before = statements()
    Event.objects.bulk_create(Event(**{**ONE, "request_id": str(n)}) for n in range(300))
    assert statements() == before


def test_an_entry_shows_what_belongs_to_it(admin: Client) -> None:
    event = Event.objects.create(**ONE)
    Event.objects.create(action="session:end", request_id=ONE["request_id"], reason="beside")

    page = unescape(admin.get(f"{EVENTS}{event.pk}/change/").content.decode())

    assert "JTI=" + "3" * 32 in page and "beside" in page
    for query in re.findall(rf'href="{EVENTS}\?([^"]+)"', page.partition('id="belongs"')[2]):
        assert event in shown(admin, query), query
    assert f'href="{EVENTS}?token={ONE["token_id"]}"' in page and f"?grant={ONE['grant_id']}" in page


@pytest.mark.parametrize("name", ["subject", "entity_name", "action", "reason", "user_agent", "url", "session_id"])
def test_nothing_that_was_written_runs_in_its_pages(admin: Client, name: str) -> None:
    event = Event.objects.create(**{**ONE, name: '"><script>alert(1)</script>'})

    for page in (EVENTS, f"{EVENTS}{event.pk}/change/", f"{EVENTS}?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E"):
        assert "<script>alert" not in admin.get(page).content.decode()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["", "json/"])
def test_the_export_has_everything_and_keeps_nothing(admin: Client, kind: str) -> None:
    for action, number in (("user:create", 5_000), ("user:update", 14_000)):
        Event.objects.bulk_create(Event(action=action, user_agent="x" * 300) for _ in range(number))
    few: Any = admin.get(f"{EVENTS}export/{kind}?action=user:create")
    everything: Any = admin.get(f"{EVENTS}export/{kind}?action=user:update")
    lengths: list[int] = []

    for_few = peak_of(lambda: lengths.append(sum(map(len, few.streaming_content))))
    for_everything = peak_of(lambda: lengths.append(sum(map(len, everything.streaming_content))))

    assert lengths[0] < 14_000 * 300 < lengths[1]
    assert for_everything - for_few < 1_000_000  # the other entries take fifteen times that, held at once


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", 'x";=1', "a,=1"])
def test_no_cell_of_the_export_is_a_formula(admin: Client, cell: str) -> None:
    audit.record("user:forged", actor=None, subject=cell)

    body = admin.get(f"{EVENTS}export/?action=user:forged").getvalue().decode()
    (row,) = csv.DictReader(io.StringIO(body, newline=""))

    assert row["subject"] == (cell if cell[0] in "xa" else f"'{cell}")


def test_actions_are_offered_while_one_types(admin: Client) -> None:
    for action in ("b:c", "a:b", "b:c"):
        Event.objects.create(action=action)

    assert Event.objects.actions() == ["a:b", "b:c", "session:sign-in"]
    assert '<option value="a:b">' in admin.get(EVENTS).content.decode()
