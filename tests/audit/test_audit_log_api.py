import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from accounts.models import User
from audit.models import Event
from common import keyset
from tests.conftest import APIAs
from tests.memory import peak_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/audit/log"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = "start=2026-01-01T00:00:00&end=2026-01-02T00:00:00Z"


@pytest.fixture
def events(ada: User) -> list[Event]:
    """One an hour from noon on: three users made, then a failed sign-in."""
    made = [
        Event(at=NOON + timedelta(hours=hour), action="user:create", subject="ada@example.com", entity_name=name)
        for hour, name in enumerate(("x", "y", "z"))
    ]
    failed = Event(at=NOON + timedelta(hours=3), action="session:sign-in", result="Failed", reason="locked")
    return Event.objects.bulk_create([*made, failed])


def test_it_pages_through_the_period(ada: User, events: list[Event], api_as: APIAs) -> None:
    first = api_as(ada).get(f"{URL}?{DAY}&numberOfSamples=3").json()
    rest = api_as(ada).get(f"{URL}?{DAY}&numberOfSamples=3&offset={first['next']}").json()

    assert (first["total"], first["next"], rest["next"]) == (4, 3, None)
    assert [e["id"] for e in first["audit_logs"] + rest["audit_logs"]] == [str(event.pk) for event in events]


def test_it_says_who_did_what(ada: User, events: list[Event], api_as: APIAs) -> None:
    event = api_as(ada).get(f"{URL}?{DAY}").json()["audit_logs"][0]

    assert (event["timestamp"], event["tenant_id"]) == ("2026-01-01T12:00:00Z", "1")
    assert (event["subject"], event["action"], event["entity_name"]) == ("ada@example.com", "user:create", "x")


def test_it_counts_without_listing(ada: User, events: list[Event], api_as: APIAs) -> None:
    body = api_as(ada).get(f"{URL}?{DAY}&numberOfSamples=0").json()

    assert (body["total"], body["audit_logs"]) == (4, [])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("filterBy=action==user:create&sortOrder=desc", "z y x"),
        ("filterBy=timestamp>=2026-01-01T13:30:00Z,action==user:create", "z"),
        ("filterBy=entity_name!=y,action=^user", "x z"),
        ("filterBy=result==Succeeded&sortBy=entity_name&numberOfSamples=2", "x y"),
        ("start=2026-01-01T13:00:00Z&end=2026-01-01T13:59:00Z", "y"),
    ],
)
def test_it_narrows_and_sorts(query: str, names: str, ada: User, events: list[Event], api_as: APIAs) -> None:
    found = api_as(ada).get(f"{URL}?{query}").json()["audit_logs"]

    assert [event["entity_name"] for event in found] == names.split()


@pytest.mark.parametrize("written", ["0a1b", "JTI=0a1b"])
def test_a_token_is_found_as_kubernetes_writes_its_id(written: str, ada: User, api_as: APIAs) -> None:
    Event.objects.create(action="cluster:tokenreview", token_id="0a1b")
    Event.objects.create(action="cluster:tokenreview", token_id="0a1c")

    found = api_as(ada).get(f"{URL}?filterBy=token_id=={written}").json()["audit_logs"]

    assert [event["token_id"] for event in found] == ["0a1b"]


@pytest.mark.parametrize(
    "query",
    [
        "start=yesterday",
        "end=2026-13-01",
        "start=9999-12-31T23:59:59-14:00",
        "numberOfSamples=1001",
        "numberOfSamples=x",
        "offset=-1",
        "sortBy=metadata",
        "filterBy=metadata==x",
        "filterBy=timestamp==noon",
        "filterBy=timestamp>=9999-12-31T23:59:59-14:00",
        "filterBy=source_ip==x",
    ],
)
def test_it_refuses_other_questions(query: str, ada: User, api_as: APIAs) -> None:
    assert api_as(ada).get(f"{URL}?{query}").status_code == 400


@pytest.mark.parametrize("path", [URL, f"{URL}/file"])
def test_it_refuses_who_may_not_read_the_history(path: str, alice: User, charlie: User, api_as: APIAs) -> None:
    assert api_as(alice).get(path).status_code == 403
    assert api_as(charlie).get(path).status_code == 403


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nobody_can_change_it(method: str, ada: User, events: list[Event], api_as: APIAs) -> None:
    response = getattr(api_as(ada), method)(URL, {}, format="json")

    assert response.status_code == 405
    assert Event.objects.count() == 4


def test_it_comes_as_a_json_file(ada: User, events: list[Event], api_as: APIAs) -> None:
    response = api_as(ada).get(f"{URL}/file?{DAY}&file_type=JSON&numberOfSamples=2")

    assert response["Content-Disposition"] == 'attachment; filename="audit-log.json"'
    assert [event["action"] for event in json.loads(response.getvalue())] == ["session:sign-in", "user:create"]


@pytest.mark.parametrize("query", ["", "sortOrder=asc", "sortBy=timestamp", "numberOfSamples=7", "numberOfSamples=0"])
def test_a_file_in_pieces_has_each_event_once(
    query: str, ada: User, api_as: APIAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyset, "PIECE", 3)
    times = [NOON + timedelta(hours=number // 4) for number in range(13)]  # several at the same moment
    made = Event.objects.bulk_create([Event(at=at, action="user:create") for at in times])
    wanted = [str(event.pk) for event in (made if "asc" in query else reversed(made))]

    given = json.loads(api_as(ada).get(f"{URL}/file?{DAY}&file_type=JSON&{query}").getvalue())

    assert [event["id"] for event in given] == wanted[: int(query[16:]) if "number" in query else None]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_a_file_has_everything_and_keeps_nothing(kind: str, ada: User, api_as: APIAs) -> None:
    Event.objects.bulk_create(Event(action="user:update", user_agent="x" * 300) for _ in range(21_000))
    few, everything = (
        cast(Any, api_as(ada).get(f"{URL}/file?file_type={kind}&numberOfSamples={number}")).streaming_content
        for number in (2_000, 1_000_000)
    )
    lengths: list[int] = []

    for_few = peak_of(lambda: lengths.append(sum(map(len, few))))
    for_everything = peak_of(lambda: lengths.append(sum(map(len, everything))))

    assert lengths[0] < 21_000 * 300 < lengths[1]
    assert for_everything - for_few < 1_000_000  # the other entries take forty times that, held at once


@pytest.mark.parametrize(
    "query", ["sortBy=action&numberOfSamples=20001", "sortBy=x", "sortOrder=x", "numberOfSamples=x"]
)
def test_a_file_is_refused_before_it_begins(query: str, ada: User, api_as: APIAs) -> None:
    assert api_as(ada).get(f"{URL}/file?{query}").status_code == 400


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_a_spreadsheet_finds_no_formula_in_the_file(start: str, ada: User, api_as: APIAs) -> None:
    Event.objects.create(action="user:create", entity_name=start, metadata={"a": 1})

    content = api_as(ada).get(f"{URL}/file").getvalue().decode()

    (row,) = csv.DictReader(io.StringIO(content, newline=""))
    assert (row["entity_name"], row["metadata"]) == (f"'{start}", '{"a": 1}')


def test_it_knows_no_other_kind_of_file(ada: User, api_as: APIAs) -> None:
    assert api_as(ada).get(f"{URL}/file?file_type=XML").status_code == 400
