"""An entry that was changed by hand and can't be read hides itself alone: on pages, in the API and in files."""

import pytest

from accounts.models import User
from audit.readable import UNREADABLE
from tests.audit.tampering import make_log
from tests.audit.test_unreadable import EITHER, POSTGRESQL, SQLITE, spoil, vendors
from tests.conftest import APIAs, BrowserAs

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
API = "/api/v1/audit/log"


@pytest.fixture(params=[*EITHER, *POSTGRESQL, *SQLITE])
def log(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The ids of a log of which the fourth entry was spoiled."""
    if request.param not in vendors():
        pytest.skip("the other database takes it")
    ids = make_log(monkeypatch)
    spoil(request.param, ids[3])
    return ids


def test_the_api_lists_all_others(log: list[int], ada: User, api_as: APIAs) -> None:
    for order in ("asc", "desc"):
        answer = api_as(ada).get(API, {"numberOfSamples": 100, "sortOrder": order})
        assert answer.status_code == 200, answer.content
        assert {int(entry["id"]) for entry in answer.json()["audit_logs"]} >= set(log) - {log[3]}


@pytest.mark.parametrize("kind", ["CSV", "JSON"])
def test_a_file_has_all_others(log: list[int], kind: str, ada: User, api_as: APIAs) -> None:
    answer = api_as(ada).get(f"{API}/file", {"file_type": kind})
    written = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert all(str(id_) in written for id_ in log if id_ != log[3])


def test_the_pages_open(log: list[int], ada: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)
    for path in ("/admin/audit/event/", f"/admin/audit/event/{log[2]}/change/", "/admin/"):
        assert browser.get(path).status_code == 200
    assert browser.get(f"/admin/audit/event/{log[3]}/change/").status_code in (200, 404)


def test_a_stand_in_says_why(log: list[int], ada: User, api_as: APIAs) -> None:
    """What Python reads after all is shown as it is."""
    entries = api_as(ada).get(API, {"numberOfSamples": 100}).json()["audit_logs"]
    stood_in = [entry for entry in entries if entry["action"] == UNREADABLE]
    assert len(stood_in) <= 1
    assert all("verifyaudit" in entry["reason"] and int(entry["id"]) == log[3] for entry in stood_in)
