"""Forms for a file, as browsers send them (multipart/form-data): the address that a form is sent to takes files."""

from collections.abc import Iterator
from typing import Any

import lxml.html
import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from accounts.models import GeneralSettings
from common.dossier import DossierAdmin
from tests.admin.test_odd_forms import pages_of

FILES = {"none": None, "one": b"<odd/>", "an empty one": b"", "no text": b"\x89PNG\r\n\x1a\n\xff"}
TAKE_FILES = {
    "/admin/sso/identityprovider/add/",
    "/admin/sso/identityprovider/{provider}/metadata/",
    "/admin/accounts/brandingsettings/1/change/",
}


@pytest.fixture(autouse=True)
def kept(rows: dict[str, Model]) -> None:
    GeneralSettings.objects.get_or_create(pk=1)


def addresses() -> Iterator[str]:
    """Each page to add a row, and each tab of the page of one."""
    for model, page in admin.site._registry.items():
        tabs = page.tabs() if isinstance(page, DossierAdmin) else ()
        for address in pages_of(model):
            yield address
            yield from (address.replace("/change/", f"/{tab.name}/") for tab in tabs if "/change/" in address)


def forms_in_parts(browser: Client) -> Iterator[tuple[str, Any]]:
    for address in addresses():
        answer = browser.get(address)
        if answer.status_code == 200 and b"multipart/form-data" in answer.content:
            forms = lxml.html.fromstring(answer.content).forms
            yield from ((address, form) for form in forms if form.get("enctype") == "multipart/form-data")


def sent(form: Any, file: bytes | None) -> bytes:
    values = {name: value for name, value in form.form_values() if name != "once"}
    names = [field.get("name") for field in form.xpath('.//input[@type="file"]')]
    files = {} if file is None else {name: SimpleUploadedFile("odd", file) for name in names}
    return encode_multipart(BOUNDARY, values | files)


@pytest.mark.parametrize("file", FILES)
def test_every_form_for_a_file_is_taken_where_it_is_sent(browser: Client, rows: dict[str, Model], file: str) -> None:
    answers = {}
    for address, form in forms_in_parts(browser):
        point = transaction.savepoint()
        to = form.get("action") or address
        answers[address] = browser.generic("POST", to, sent(form, FILES[file]), MULTIPART_CONTENT).status_code
        transaction.savepoint_rollback(point)

    assert {address: status for address, status in answers.items() if status not in (200, 302)} == {}
    assert {address.format(provider=rows["provider"].pk) for address in TAKE_FILES} <= answers.keys()
