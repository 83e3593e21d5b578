"""The pages of access rules by hand, under our strict policy: a scope is chosen from a list that is searched."""

import pytest
from playwright.sync_api import Page, expect

from access.models import AccessRule
from accounts.models import User
from tests import cast
from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def choose_scope(page: Page, name: str) -> None:
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill(name[:3])
    page.get_by_role("option", name=name).click()


def test_it_gives_a_role(page: Page, vera: User, tree: cast.Tree) -> None:
    sign_in(page, vera)
    page.goto("/admin/access/accessrule/add/")

    page.get_by_label("Subject type").select_option("user")
    page.get_by_label("Subject id").fill("bob@example.com")
    page.get_by_label("Role").select_option(label="L1 researcher")
    choose_scope(page, "faces")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.locator(".messagelist")).to_contain_text("was added successfully")
    assert AccessRule.objects.get(subject_id="bob@example.com").scope == tree.faces


def test_it_says_why(page: Page, vera: User, alice: User, tree: cast.Tree) -> None:
    sign_in(page, vera)
    page.goto("/admin/access/accessrule/why/")

    page.get_by_label("E-mail, group name or client id").fill(alice.email)
    page.get_by_label("May they").select_option("delete")
    page.get_by_label("What").select_option("project")
    page.get_by_label("Where").fill("faces")
    page.get_by_role("button", name="Explain").click()

    expect(page.get_by_role("region", name="Answer")).to_contain_text("Yes, they may delete projects in faces.")
