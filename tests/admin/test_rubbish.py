"""Whatever stands in the address of a page of the admin, or is sent to it: a page, or a refusal in words."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.admin.options import ModelAdmin

from accounts.models import User
from common.errors import Invalid
from tests.admin.test_lookups import asked, offered_by, said
from tests.admin.walking import lists
from tests.conftest import BrowserAs

pytestmark = pytest.mark.django_db
each_list = pytest.mark.parametrize("address", sorted(lists()))

RUBBISH = (
    "",
    "a",
    "0",
    "-1",
    "1.5",
    "9" * 11,
    "9" * 20,
    "9" * 5000,
    "(",
    "[",
    "\\",
    "%",
    "_",
    "'",
    '"',
    ";",
    "\u0000",
    "\ud800",
    "\U0001f600",
    "None",
    "null",
    "True",
    "{}",
    "[]",
    "a," * 200,
    "x" * 100_000,
    "a " * 2000,
    "0000-00-00",
    "99999-01-01",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "NaN",
    "1e400",
    "⁵",
    "\u0661",
)
CONTROLS = ("q", "p", "o", "all", "_facets", "_popup", "_to_field", "e", "_changelist_filters", "page", "sort", "")


@pytest.mark.slow
@each_list
def test_a_list_is_shown_or_refused(ada: User, address: str) -> None:
    page = lists()[address]
    for name in sorted({*offered_by(page, ada), *CONTROLS}):
        for value in set(RUBBISH) - {"\u0000"}:  # which no view is asked about
            assert outcome(page, ada, name, value) in ("shown", "refused")


def outcome(page: ModelAdmin[Any], user: User, name: str, value: str) -> str:
    try:
        changelist = page.get_changelist_instance(asked(user, name, value))
    except Invalid:
        return "refused"
    list(changelist.result_list)
    return "shown"


@pytest.mark.slow
def test_it_is_refused_in_words(ada: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)
    for name in (*CONTROLS, "enabled__exact", "password__regex"):
        for value in RUBBISH:
            query = urlencode({name: value.encode(errors="surrogatepass")})
            answer = browser.get(f"/admin/accounts/user/?{query}")
            assert answer.status_code in (200, 400), (name, value[:50])
            assert answer.status_code == 200 or said(answer) or "NUL" in answer.content.decode()


OBJECT_PAGES = ("{}change/", "{}delete/", "{}history/")


@each_list
@pytest.mark.parametrize(
    "key", ["a", "9" * 20, "9" * 400, "_00", "_", "%20", "1e5", "00000000-0000-0000-0000-000000000000"]
)
def test_a_page_of_no_object_says_so(ada: User, browser_as: BrowserAs, address: str, key: str) -> None:
    browser = browser_as(ada)
    for page in ("change", "delete", "history"):
        answer = browser.get(f"{address}{key}/{page}/?_to_field=password&_changelist_filters=%00%FF&_popup=x")
        assert answer.status_code in (302, 400, 403, 404), (page, key)


@each_list
@pytest.mark.parametrize("value", ["a", "9" * 20, "\u0000", "\U0001f600", "00000000-0000-0000-0000-000000000000"])
def test_a_form_to_add_one_takes_only_what_links_fill_in(
    ada: User, browser_as: BrowserAs, address: str, value: str
) -> None:
    page, browser = lists()[address], browser_as(ada)
    filled = urlencode({field.name: value for field in page.model._meta.fields})

    answer = browser.get(f"{address}add/?{filled}&_to_field={value}")

    assert answer.status_code in (200, 400, 403)


@each_list
@pytest.mark.parametrize("chosen", ["a", "9" * 20, "", "\U0001f600", "a" * 5000])
def test_an_action_on_no_row_does_nothing(ada: User, browser_as: BrowserAs, address: str, chosen: str) -> None:
    browser, page = browser_as(ada), lists()[address]
    for action in page.get_actions(asked(ada)):
        sent = {"action": action, "_selected_action": chosen, "index": chosen, "confirmed": "yes"}
        answer = browser.post(address, sent, follow=True)
        assert answer.status_code in (200, 400)
        assert not re.search(r": done for|is created", answer.content.decode())


FIELDS = ("accounts", "membership", "group"), ("accounts", "user", "sessions"), ("access", "scope", "children")


@pytest.mark.parametrize(("app", "model", "field"), FIELDS)
@pytest.mark.parametrize(
    ("term", "page"), [("a", "9" * 20), ("x" * 5000, "1"), ("a " * 50, "1"), ("a", "-1"), ("a", " -1"), ("(", "x")]
)
def test_what_forms_choose_from_is_asked_for_their_fields_only(
    ada: User, browser_as: BrowserAs, app: str, model: str, field: str, term: str, page: str
) -> None:
    asked_for = {"app_label": app, "model_name": model, "field_name": field, "term": term, "page": page}

    answer = browser_as(ada).get("/admin/autocomplete/", asked_for)

    assert answer.status_code in (400, 403, 404)
    assert answer.status_code != 403 or field != "group"


def test_a_form_finds_what_it_offers(ada: User, browser_as: BrowserAs) -> None:
    asked_for = {"app_label": "accounts", "model_name": "membership", "field_name": "user", "term": "ada"}

    found: Any = browser_as(ada).get("/admin/autocomplete/", asked_for).json()

    assert [one["text"] for one in found["results"]] == ["ada@example.com"]
