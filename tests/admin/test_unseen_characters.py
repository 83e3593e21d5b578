"""No form takes a character that can't be seen, or that turns the text around it: names would read as others."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model
from django.test import Client

from accounts.models import GeneralSettings, User
from clustersync.models import Cluster
from tests import cast
from tests.admin.clicking import Clicker
from tests.admin.test_saved_meanwhile import page_of
from tests.conftest import BrowserAs
from tests.protocol.relying import make_client
from tests.sso.idp import IdP
from tests.sso.signing_in import connect

UNSEEN = ("\u202egnp.exe", "\u034f", "\u2800", "a\ufe0f")
ROWS: dict[str, Callable[[], Model]] = {
    "user": lambda: cast.person("zoe"),
    "group": lambda: cast.make_group("team"),
    "application": lambda: make_client("shop"),
    "identity provider": lambda: connect(IdP()),
    "cluster": Cluster.objects.get,
}
SETTINGS = ("generalsettings", "signinsettings", "mailsettings", "brandingsettings", "tokensettings")
# By page to add a row: a field without which there is none.
ADDED = {
    "accounts/user": ("email", "new@example.com"),
    "accounts/group": ("name", "new"),
    "tokens/application": ("name", "new"),
    "tokens/registrationtoken": ("note", "new"),
    "clustersync/cluster": ("name", "new"),
}
APPS = ("access", "accounts", "clustersync", "sso", "tokens")
WRITTEN = ("text", "email", "url", "search")


def typed_into(page: Any) -> list[str]:
    inputs = page.xpath("//main//form[@method='post']//input | //main//form[@method='post']//textarea")
    return [one.name for one in inputs if one.tag == "textarea" or one.get("type") in WRITTEN if one.name]


def refuses(unseen: str, browser: Client, address: str, *needed: tuple[str, str]) -> int:
    fields = typed_into(Clicker(browser, address).page)
    for name in fields:
        form = Clicker(browser, address)
        for field, text in needed:
            form.type(field, text)
        form.type(name, f"{form._field(name).value}{unseen}").press("Save")
        assert not stored(unseen), name
    return len(fields)


def stored(unseen: str) -> bool:
    rows = (row for model in apps.get_models() if model._meta.app_label in APPS for row in model._base_manager.values())
    return any(unseen in str(value) or ascii(unseen)[1:-1] in str(value) for row in rows for value in row.values())


@pytest.fixture
def browser(prod: Cluster, ada: User, browser_as: BrowserAs) -> Client:
    GeneralSettings.objects.get_or_create(pk=1)
    return browser_as(ada)


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
@pytest.mark.parametrize("kind", ROWS)
def test_a_row(browser: Client, kind: str, unseen: str) -> None:
    assert refuses(unseen, browser, page_of(ROWS[kind]()))


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
@pytest.mark.parametrize("page", SETTINGS)
def test_settings(browser: Client, page: str, unseen: str) -> None:
    refuses(unseen, browser, f"/admin/accounts/{page}/1/change/")


@pytest.mark.parametrize("unseen", UNSEEN, ids=ascii)
@pytest.mark.parametrize("page", ADDED)
def test_a_new_row(browser: Client, page: str, unseen: str) -> None:
    assert refuses(unseen, browser, f"/admin/{page}/add/", ADDED[page])
