"""Requirements of check-lists that no other test shows."""

import pytest
from django.test import Client

from accounts.models import User
from tests.access.test_deny_by_default import PAGES
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db

EVERYWHERE = ["/", "/login", "/admin/", "/api/v1/users", "/api/v1/token", "/healthz", "/static/css/people.css", "/no"]


def test_text_says_its_character_set(ada: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)
    answers = {path: browser.get(path) for path in PAGES if "(" not in path and "logout" not in path}

    types = {path: answer.get("Content-Type", "") for path, answer in answers.items() if answer.getvalue()}

    assert len(types) > 50
    assert [path for path, type_ in types.items() if not type_] == []
    assert [path for path, type_ in types.items() if type_.startswith("text/") and "utf-8" not in type_] == []


@pytest.mark.parametrize("path", EVERYWHERE)
def test_nobody_gets_an_echo_by_trace(client: Client, path: str) -> None:
    answer = client.generic("TRACE", path, HTTP_X_SECRET="echoed")

    assert answer.status_code in (302, 401, 403, 404, 405)
    assert b"echoed" not in answer.getvalue()


@pytest.mark.parametrize(
    "path", ["/static/", "/static/css/", "/static/css", "/.git/config", "/static/.git/config", "/static/../manage.py"]
)
def test_no_folder_is_listed_and_no_hidden_file_served(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404
