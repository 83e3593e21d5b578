"""A page that offers to replace a secret, and was open while somebody else replaced it: the later one is told."""

import ast
import inspect
import textwrap

import pytest
from django.contrib.admin import site as admin_site
from django.db.models import Model
from django.test import Client

from accounts.models import RecoveryCode, User
from accounts.services.passwords import set_password
from clustersync.models import Cluster
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.admin.clicking import Clicker
from tests.admin.test_sent_twice import page_of
from tests.conftest import BrowserAs
from tests.protocol.relying import make_client

TOLD = "This was replaced meanwhile"
# The button on the page of the row that asks to confirm, by the action's name.
BUTTONS = {
    "make_a_new_secret": "New secret",
    "make_a_new_webhook_token": "New webhook token",
    "make_a_new_agent_token": "New agent token",
    "reset_the_password": "Reset password",
    "invite_by_link": "Make an invitation link",
}


@pytest.fixture
def browser(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


@pytest.fixture
def rows(prod: Cluster, bob: User) -> dict[str, Model]:
    bob.last_login = None
    bob.save()
    shop = make_client("shop")
    return dict(zip(BUTTONS, (shop, prod, prod, bob, bob), strict=True))


def asking(browser: Client, row: Model, button: str) -> Clicker:
    """Open the page that asks to confirm."""
    return Clicker(browser, page_of(row)).press(button)


@pytest.mark.parametrize("name", BUTTONS)
def test_the_later_of_two_pages_is_told(browser: Client, rows: dict[str, Model], name: str) -> None:
    earlier, later = (asking(browser, rows[name], BUTTONS[name]) for _ in range(2))

    assert TOLD not in earlier.press(BUTTONS[name]).text

    assert TOLD in later.press(BUTTONS[name]).text
    assert TOLD not in asking(browser, rows[name], BUTTONS[name]).press(BUTTONS[name]).text


def actions_that_show_a_secret() -> set[str]:
    """Return the names of actions of rows whose method returns what is shown once."""
    found = set()
    for page in admin_site._registry.values():
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(type(page))))):
            if isinstance(node, ast.FunctionDef) and node.returns and ast.unparse(node.returns) != "None":
                found |= {node.name for one in node.decorator_list if "row_action" in ast.unparse(one)}
    return found


def test_every_action_that_shows_a_secret_is_tried() -> None:
    assert actions_that_show_a_secret() == {*BUTTONS}


def test_who_changes_the_password_does_not_hinder_its_reset(browser: Client, bob: User) -> None:
    asking(browser, bob, "Reset password").press("Reset password")
    page = asking(browser, bob, "Reset password")
    bob.refresh_from_db()
    set_password(bob, "Another-Horse-77", must_change=False, by=bob)

    assert TOLD not in page.press("Reset password").text


def test_of_two_pages_with_recovery_codes_the_later_is_told(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))
    earlier, later = (Clicker(browser, "/account/second-factors") for _ in range(2))

    assert TOLD not in earlier.press("Make new codes").text

    assert TOLD in later.press("Make new codes").text
    assert TOLD not in later.press("Make new codes").text


def test_a_code_that_was_used_up_hinders_nobody(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))
    page = Clicker(browser, "/account/second-factors")
    RecoveryCode.objects.filter(user=charlie)[0].delete()

    assert TOLD not in page.press("Make new codes").text
