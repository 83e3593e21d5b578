"""On a phone each row of a list is a card, without what the row lacks."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("width", "lacks"), [(390, False), (1440, True)])
def test_a_card_leaves_out_what_the_row_lacks(page: Page, ada: User, alice: User, width: int, lacks: bool) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    sign_in(page, ada)
    page.goto("/admin/accounts/user/")
    row = page.locator("#result_list tbody tr").filter(has_text=alice.email)

    expect(row.get_by_text("with a password")).to_be_visible()
    expect(row.locator("[data-label='Last login']")).to_be_visible(visible=lacks)
