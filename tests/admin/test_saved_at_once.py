"""Two who save one page at the same moment: the later one's form was compared with the row before the other saved."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest
from django.test import Client, RequestFactory

from accounts.models import GeneralSettings, User
from common.expectations import expect
from tests.admin.clicking import Clicker
from tests.admin.test_saved_meanwhile import BOTH, page_of
from tests.two_at_once.interleaving import two_connections

# Of these nothing can be changed: they are deleted, and made anew.
FIXED = {"accessrule", "registrationtoken"}


@pytest.fixture
def at_that_moment(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let somebody save once, after a form was compared with the row and before the verb locks it."""

    def do(save: Callable[[], Any]) -> None:
        left = [save]

        def after_that(*args: Any) -> None:
            expect(*args)
            if left:
                left.pop()()

        monkeypatch.setattr("common.admin.expect", after_that)

    return do


def row_and_page(rows: dict[str, Model], kind: str) -> tuple[Model, str]:
    if kind in rows:
        return rows[kind], page_of(rows[kind])
    return GeneralSettings.objects.get_or_create(pk=1)[0], f"/admin/accounts/{kind}/1/change/"


def saving(row: Model, field: str, value: Any) -> Callable[[], Any]:
    return lambda: type(row)._default_manager.filter(pk=row.pk).update(**{field: value})


@pytest.mark.parametrize(("kind", "field"), BOTH)
def test_the_later_one_is_told(
    browser: Client, rows: dict[str, Model], at_that_moment: Any, kind: str, field: str
) -> None:
    row, page = row_and_page(rows, kind)
    saved, said, typed = BOTH[kind, field]
    reader = Clicker(browser, page).type(field, typed)
    at_that_moment(saving(row, field, saved))

    reader.press("Save")

    row.refresh_from_db()
    assert getattr(row, field) == saved
    assert "at the same moment" in reader.text
    assert "Somebody else saved this meanwhile" in reader.text and said in reader.text

    reader.press("Save")

    row.refresh_from_db()
    assert str(getattr(row, field)).strip("[]") == typed


@pytest.mark.parametrize(("kind", "field"), BOTH)
def test_another_field_is_no_reason(
    browser: Client, rows: dict[str, Model], at_that_moment: Any, kind: str, field: str
) -> None:
    row, page = row_and_page(rows, kind)
    _, _, typed = BOTH[kind, field]
    other, value = next(
        (name, saved) for (of, name), (saved, _, _) in [*BOTH.items(), *OTHERS.items()] if of == kind and name != field
    )
    reader = Clicker(browser, page).type(field, typed)
    at_that_moment(saving(row, other, value))

    reader.press("Save")

    row.refresh_from_db()
    assert (str(getattr(row, field)).strip("[]"), getattr(row, other)) == (typed, value)


# A second field of those pages of which BOTH has one.
OTHERS: dict[tuple[str, str], tuple[Any, str, str]] = {
    ("generalsettings", "session_hours"): (8, "8", "9"),
    ("signinsettings", "second_factor_grace_days"): (9, "9", "3"),
    ("mailsettings", "mail_host"): ("", "", ""),
    ("brandingsettings", "brand_accent"): ("#3b5bdb", "#3b5bdb", ""),
    ("provider", "create_users"): (False, "", ""),
    ("group", "created_by"): ("somebody", "", ""),
}


def takes_changes(page: Any, request: HttpRequest) -> bool:
    """Return True if the page of a row has fields to type into."""
    row = page.model._default_manager.first()
    if row is None or not page.has_change_permission(request, row):
        return False
    shown = flatten_fieldsets(page.get_fieldsets(request, row))
    return bool({*shown} - {*page.get_readonly_fields(request, row)})


def test_every_page_that_changes_something_is_tried(
    rf: RequestFactory,
    ada: User,
    rows: dict[str, Model],
) -> None:
    GeneralSettings.objects.get_or_create(pk=1)
    request = rf.get("/admin/")
    request.user = ada

    changing = {model._meta.model_name for model, page in admin.site._registry.items() if takes_changes(page, request)}

    assert changing - FIXED == {"identityprovider" if kind == "provider" else kind for kind, _ in BOTH}


# What can be typed as it is shown.
PLAIN = [(kind, field) for (kind, field), (saved, said, _) in BOTH.items() if str(saved) == said]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one transaction write at a time")
@pytest.mark.parametrize(("kind", "field"), PLAIN)
def test_of_two_at_once_one_is_told(browser: Client, rows: dict[str, Model], kind: str, field: str) -> None:
    row, page = row_and_page(rows, kind)
    _, said, typed = BOTH[kind, field]
    put_back, told = saving(row, field, getattr(row, field)), list[str]()

    def pressing(words: str) -> Callable[[], Any]:
        put_back()
        told.clear()
        reader = Clicker(copy.deepcopy(browser), page).type(field, words)
        return lambda: told.append(words) if "Somebody else saved this" in reader.press("Save").text else None

    with two_connections() as both:
        for at in range(1, both.count(pressing(typed)) + 1):
            one, two = both.run(pressing(typed), pressing(said), at=at)
            row.refresh_from_db()
            assert (one.ended, two.ended, len(told)) == ("done", "done", 1), at
            assert str(getattr(row, field)) == (said if told == [typed] else typed), at
