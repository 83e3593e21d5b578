"""Each form of the admin, sent with anything in each field: it is answered, and saves only what it shows."""

from typing import Any
from urllib.parse import urlencode

import lxml.html
import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import transaction
from django.db.models import Model
from django.test import Client

from accounts.models import GeneralSettings
from tests.keys import plant_keys

pytestmark = pytest.mark.django_db

ODD: dict[str, Any] = {
    "nothing": "",
    "NUL": "a\0b",
    "no UTF-8": b"\xed\xa0\x80\xff",
    "a surrogate in JSON": '"\\ud800"',
    "a megabyte": "x" * 1_000_000,
    "two values": ["a", "b"],
    "many values": ["a"] * 500,
    "a long number": "9" * 5000,
    "a number beyond 64 bits": str(2**64),
    "a negative number": "-1",
    "no number": "NaN",
    "infinity": "1e400",
    "another script's digit": "\u0661",
    "an empty list": "[]",
    "an object": '{"a": [null]}',
    "null": "null",
    "brackets": "[" * 20_000,
    "lines": "\r\n\r\n",
    "an odd address": "https://[::1",
    "a script": "javascript:alert(1)",
    "a port": "https://a.example.com:99999999/",
    "an emoji": "\U0001f600",
    "shown backwards": "a\u202eb",
    "markup": "<script>{{ 1 }}{% load %}%(x)s{0.__class__}",
    "a formula": "=1+1",
    "an id": "00000000-0000-0000-0000-000000000000",
    "a date": "99999-99-99",
}
MODELS = {model._meta.label_lower: model for model in admin.site._registry}
# Beside the fields: what Django's own admin would make of the form.
CONTROLS = {"_popup": "1", "_to_field": "password", "_saveasnew": "1", "_continue": "1", "id": "1", "pk": "1"}
BUTTONS = ("_save", "_addanother", "_continue", "once", "csrfmiddlewaretoken")


@pytest.fixture(autouse=True)
def kept(rows: dict[str, Model]) -> None:
    plant_keys()
    GeneralSettings.objects.get_or_create(pk=1)


def pages_of(model: type[Model]) -> dict[str, Model | None]:
    """The page to add one and the page of one, each with its row."""
    start = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    row = model._default_manager.last()
    return {f"{start}add/": None, **({f"{start}{quote(str(row.pk))}/change/": row} if row else {})}


def fields_of(browser: Client, address: str) -> dict[str, list[str]]:
    """Return what a browser sends of the form on this page; nothing where there is none."""
    answer = browser.get(address)
    sent: dict[str, list[str]] = {}
    if answer.status_code == 200:
        for form in lxml.html.fromstring(answer.content).forms:
            if form.get("id", "").endswith("_form"):
                sent |= {name: [] for name in form.fields}
                for name, value in form.form_values():
                    sent[name].append(value.removeprefix("\n"))
    return {name: values for name, values in sent.items() if name not in BUTTONS}


def post(browser: Client, address: str, fields: dict[str, Any]) -> int:
    pairs = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    answer = browser.post(address, urlencode(pairs), content_type="application/x-www-form-urlencoded")
    return answer.status_code


@pytest.mark.slow
@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("label", MODELS)
def test_anything_in_a_field_is_answered(browser: Client, label: str, odd: str) -> None:
    for address in pages_of(MODELS[label]):
        fields = fields_of(browser, address)
        for name in (*fields, "once"):
            point = transaction.savepoint()
            assert post(browser, address, {**fields, name: ODD[odd]}) in (200, 302, 400, 403, 413), (address, name)
            transaction.savepoint_rollback(point)


@pytest.mark.parametrize("label", MODELS)
def test_nothing_is_saved_that_the_form_does_not_show(browser: Client, label: str) -> None:
    """Each column of the row is sent, and what would make another row of it; none that the form lacks is changed."""
    model = MODELS[label]
    for address, row in pages_of(model).items():
        fields = fields_of(browser, address)
        hidden = [field.name for field in model._meta.fields if field.name not in (*fields, "updated_at")]

        def now(row: Model | None = row, hidden: list[str] = hidden) -> Any:
            stored = model._default_manager.filter(pk=row.pk).values(*hidden).get() if row else None
            return model._default_manager.count(), stored

        before = now()
        status = post(browser, address, {**dict.fromkeys(hidden, "1"), **CONTROLS, **fields})

        assert status in (200, 302, 400, 403), address
        assert now() == before
