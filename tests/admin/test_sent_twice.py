"""A form whose answer shows a new secret: to reload that answer sends the form again, which then does nothing."""

import inspect
import re
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from clustersync.models import Cluster
from common.once import MOST, SENT
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.admin.clicking import Clicker
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.protocol.relying import make_client

TOLD = "This form was sent a second time, and nothing more was done."


class Reloading(Clicker):
    """Somebody who reloads the page that a button led to, though their browser warns of it."""

    def reload(self) -> Clicker:
        return self._show(self.browser.post(*self._sent, follow=True), self._sent[0])

    def _send(self, form: Any, button: Any) -> Clicker:
        browser: Any = self.browser
        post = browser.post

        def noted(address: str, values: Any, **kwargs: Any) -> Any:
            self._sent = (address, values)
            return post(address, values, **kwargs)

        browser.post = noted
        try:
            return super()._send(form, button)
        finally:
            browser.post = post


def page_of(row: Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def shows_a_secret(page: Any) -> bool:
    return "self.reveal(" in inspect.getsource(type(page))


def do_nothing_twice(reloading: Reloading) -> None:
    before = Event.objects.count()
    assert TOLD not in reloading.text

    reloading.reload()

    assert TOLD in reloading.text
    assert Event.objects.count() == before


@pytest.fixture
def browser(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def rows(prod: Cluster, charlie: User) -> dict[str, Model]:
    return {"cluster": prod, "user": charlie, "application": make_client("shop")}


@pytest.mark.parametrize(
    ("row", "button"),
    [
        ("cluster", "New webhook token"),
        ("cluster", "New agent token"),
        ("application", "New secret"),
        ("user", "Reset password"),
    ],
)
def test_an_action_that_shows_a_secret(browser: Client, rows: dict[str, Model], row: str, button: str) -> None:
    reloading = Reloading(browser, page_of(rows[row]))

    reloading.press(button).press(button)

    do_nothing_twice(reloading)


def test_one_that_is_new_each_time(browser: Client, prod: Cluster) -> None:
    for _ in range(2):
        Reloading(browser, page_of(prod)).press("New webhook token").press("New webhook token")

    assert prod.credentials.count() == 3


def test_a_token_of_the_administration(browser: Client) -> None:
    reloading = Reloading(browser, "/admin/tokens/registrationtoken/add/")

    reloading.type("note", "wiki team").type("uses", "2").type("days", "7").press("Save")

    do_nothing_twice(reloading)


@pytest.mark.parametrize("page", [page for page in admin.site._registry.values() if shows_a_secret(page)])
def test_every_form_that_adds_can_be_told_from_its_copy(browser: Client, page: Any) -> None:
    form = browser.get(reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_add")).content.decode()

    assert re.search(r'<form [^>]*id="[a-z]+_form".*name="once".*</form>', form, re.DOTALL)


def test_a_token_of_ones_own(prod: Cluster, alice: User, browser_as: BrowserAs) -> None:
    plant_keys()
    reloading = Reloading(browser_as(alice), "/account")

    reloading.type("name", "nightly").press("Make a token")

    do_nothing_twice(reloading)


def test_recovery_codes(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))
    reloading = Reloading(browser, "/account/second-factors")

    reloading.press("Make new codes")

    do_nothing_twice(reloading)


def test_a_refused_form_may_be_sent_again(browser: Client) -> None:
    reloading = Reloading(browser, "/admin/tokens/registrationtoken/add/")

    reloading.type("note", "wiki team").type("uses", "0").press("Save").type("uses", "2").press("Save")

    assert "shown this once" in reloading.text


def test_what_is_remembered_has_an_end(browser: Client, prod: Cluster) -> None:
    for number in range(MOST + 2):
        chosen = {"action": "make_a_new_agent_token", "_selected_action": prod.pk, "confirmed": "yes"}
        browser.post("/admin/clustersync/cluster/", {**chosen, "once": f"{number}-{'x' * 1000}"})

    assert [len(key) for key in browser.session[SENT]] == [40] * MOST
