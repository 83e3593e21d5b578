"""Every page of the admin has a heading that names its subject, and labels that are words."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import GeneralSettings, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from audit.models import Event
from clustersync.models import Cluster
from common.row_actions import takes_away
from tests import cast
from tests.admin.walking import lists
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tokens.models import Application

pytestmark = pytest.mark.django_db

# Lower-case letters of an abbreviation are the name of a field that nobody wrote a label for.
NO_WORD = re.compile(r"\b(?:[Ii]p|[Uu]rl|[Uu]uid|[Hh]ttp|[Uu]id|[Gg]id|Id|[Jj]wks)\b")
LABELS = re.compile(r"<(label|th|summary|dt|h[1-3])\b[^>]*>(.*?)</\1>", re.DOTALL)
MODELS = [model for model in admin.site._registry if not issubclass(model, GeneralSettings)]


@pytest.fixture
def browser(ada: User, alice: User, prod: Cluster, robo: Application, browser_as: BrowserAs) -> Client:
    plant_keys()
    cast.make_group("researchers", alice)
    start_session(user=alice, kind=SessionKind.BROWSER)
    Event.objects.create(
        action="user:update",
        session_id="s",
        token_id="t",
        url="/x",
        http_method="GET",
        request_id="r",
        source_ip="10.0.0.1",
    )
    return browser_as(ada)


def change_page(browser: Client, model: type[Model]) -> tuple[Model | None, str]:
    row = model._default_manager.order_by("-pk").first()
    if row is None:
        return None, ""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
    answer = browser.get(address)
    return row, unescape(answer.content.decode()) if answer.status_code == 200 else ""


def headings(page: str) -> list[str]:
    return re.findall(r"<h1>(.*?)</h1>", page)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_heading_names_the_object_not_its_kind(browser: Client, model: type[Model]) -> None:
    _, page = change_page(browser, model)

    kinds = {str(model._meta.verbose_name).lower(), f"view {model._meta.verbose_name}", "delete"}
    assert all(heading.lower() not in kinds for heading in headings(page))
    assert len(headings(page)) == bool(page)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_labels_are_words(browser: Client, model: type[Model]) -> None:
    listed = browser.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"), follow=True)
    _, page = change_page(browser, model)
    labels = [re.sub(r"<[^>]+>", "", text) for _, text in LABELS.findall(unescape(listed.content.decode()) + page)]

    assert [label for label in labels if NO_WORD.search(label) and "runai" not in label] == []


def test_most_models_have_a_page_to_look_at(browser: Client) -> None:
    assert sum(bool(change_page(browser, model)[1]) for model in MODELS) >= 9


@pytest.mark.parametrize("address", sorted(lists()))
def test_a_deletion_names_what_it_deletes(browser: Client, address: str) -> None:
    row = lists()[address].model._default_manager.order_by("-pk").first()
    answer = browser.get(f"{address}{row.pk}/delete/") if row else None
    if answer is None or answer.status_code != 200:
        return

    (heading,) = headings(unescape(answer.content.decode()))
    assert heading == f"Delete {row}"


TEMPLATES = sorted((Path(__file__).parents[2] / "templates/admin").rglob("*.html"))
TABLE = re.compile(r"<table([^>]*)>(.*?)</table>", re.DOTALL)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda one: one.stem)
def test_a_table_is_cards_on_a_phone_and_each_cell_names_its_column(template: Path) -> None:
    tables = [(opening, body) for opening, body in TABLE.findall(template.read_text()) if "<thead>" in body]
    for opening, body in tables:
        if 'class="matrix"' in opening or "labelled" in body:
            continue
        assert "result_list" in opening or "listed" in opening, opening
        cells = re.findall(r"<td[^>]*>(?!\{% if not one.is_over)", body.partition("</thead>")[2])
        assert all("data-label" in cell or "colspan" in cell for cell in cells), cells


ENDING = re.compile(r"disable|end|cut_access|withdraw|remove_|unlink|sign_out|reset_second_factors|delete")
OFFERED = sorted(
    {
        (model, name)
        for model, page in admin.site._registry.items()
        for name in [*(page.actions or ()), "delete_selected"]
    },
    key=str,
)


@pytest.mark.parametrize(("model", "name"), OFFERED, ids=lambda one: getattr(one, "__name__", one))
def test_what_ends_something_has_a_colour_of_its_own(model: type[Model], name: str) -> None:
    found: Any = admin.site._registry[model].get_action(name)

    assert takes_away(found[0]) == bool(ENDING.match(name))


def test_that_colour_is_on_the_page_and_where_it_is_confirmed(ada: User, alice: User, browser_as: BrowserAs) -> None:
    browser = browser_as(ada)
    page = browser.get(f"/admin/accounts/user/{alice.pk}/change/").content.decode()
    assert '<button class="takes-away">Disable</button>' in page and "<button>Reset password</button>" in page

    for action, drastic in (("disable", True), ("reset_the_password", False)):
        asked: Any = browser.post("/admin/accounts/user/", {"action": action, "_selected_action": str(alice.pk)})
        assert ('class="drastic"' in asked.content.decode()) is drastic
