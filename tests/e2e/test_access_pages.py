"""The pages of access rules by hand, under our strict policy."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from access.models import AccessRule
from accounts.models import Group, User
from tests import cast
from tests.e2e.conftest import fill_in, sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_it_gives_a_role(page: Page, vera: User, tree: cast.Tree) -> None:
    sign_in(page, vera)
    page.goto("/admin/access/accessrule/add/")

    page.get_by_label("Name").fill("bob@example.com")
    page.get_by_label("runai/prod/vision/faces").check()
    page.get_by_label("Role").select_option(label="L1 researcher")
    page.get_by_role("button", name="See what it changes").click()
    expect(page.get_by_text("Nobody whom you may see goes by bob@example.com")).to_be_visible()
    page.get_by_role("button", name="Give the role").click()

    expect(page.locator(".messagelist")).to_contain_text("L1 researcher was given: 1 new access rule.")
    assert AccessRule.objects.get(subject_id="bob@example.com").scope == tree.faces


@pytest.fixture
def plain(chromium: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A browser without JavaScript."""
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_who_and_where_are_found_by_typing_without_a_script(
    plain: Page, ada: User, researchers: Group, tree: cast.Tree
) -> None:
    plain.goto("/login?next=/admin/access/accessrule/add/")
    fill_in(plain, ada)
    plain.get_by_label("Name").fill("resea")
    plain.get_by_role("button", name="Find").first.click()
    plain.get_by_label("researchers (group)").check()
    plain.get_by_label("runai/prod/speech", exact=True).check()
    plain.get_by_label("Role").select_option(label="Viewer")
    plain.get_by_label("Name").fill("")
    plain.get_by_role("button", name="See what it changes").click()
    expect(plain.get_by_text("1 of 1 person or application behind these names gains something")).to_be_visible()
    plain.get_by_role("button", name="Give the role").click()

    expect(plain.locator(".messagelist")).to_contain_text("Viewer was given: 1 new access rule.")
    assert AccessRule.objects.filter(subject_id="researchers", scope=tree.speech).exists()


def test_it_says_why(page: Page, vera: User, alice: User, tree: cast.Tree) -> None:
    sign_in(page, vera)
    page.goto("/admin/access/accessrule/why/")

    page.get_by_label("E-mail, group name or client id").fill(alice.email)
    page.get_by_label("May they").select_option("delete")
    page.get_by_label("What").select_option("project")
    page.get_by_label("Where").fill("faces")
    page.get_by_role("button", name="Explain").click()

    expect(page.get_by_role("region", name="Answer")).to_contain_text("Yes, they may delete projects in faces.")
