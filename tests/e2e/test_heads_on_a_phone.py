"""On a phone the head of a page has two rows at most: the bar, and where the page is or what else the bar offers."""

import pytest
from playwright.sync_api import Page

from accounts.models import User
from accounts.services.branding import update_branding
from audit.models import Event
from common.actors import SYSTEM
from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SIGNED_OUT = ["/login", "/language"]
OF_PEOPLE = ["/", "/account", "/password", "/language", "/api/docs"]
OF_THE_ADMIN = [
    *("", "search/?q=a", "access/accessrule/why/"),
    *("accounts/user/", "accounts/user/add/", "accounts/user/{user}/sessions/", "accounts/user/{user}/delete/"),
    *("tokens/registrationtoken/", "audit/event/{event}/change/", "accounts/brandingsettings/1/change/"),
]
# How many rows the head has, one below the other, and whether the title begins as high up as below two of them.
ROWS = """() => {
  const seen = [...document.querySelectorAll("header :is(a, button, input), .crumbs li")]
    .map((one) => one.getBoundingClientRect()).filter((box) => box.width > 2 && box.height > 2)
    .sort((one, other) => one.top - other.top);
  let rows = 0, end = -1;
  for (const box of seen) {
    const middle = (box.top + box.bottom) / 2;
    if (middle > end) { rows += 1; end = box.bottom; }
  }
  return [rows, document.querySelector("h1").getBoundingClientRect().top <= 130];
}"""


def heads(page: Page, addresses: list[str]) -> dict[str, tuple[int, bool]]:
    found: dict[str, tuple[int, bool]] = {}
    for address in addresses:
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, address
        rows, is_high_up = page.evaluate(ROWS)
        found[address] = rows, is_high_up
    return found


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_head_of_a_page_has_two_rows_at_most(page: Page, ada: User, language: str) -> None:
    update_branding(actor=SYSTEM, brand_name="Institute of very long names, and of departments of such")
    event = Event.objects.create(action="identity_provider:key:publish")
    of_the_admin = [f"/admin/{address.format(user=ada.pk, event=event.pk)}" for address in OF_THE_ADMIN]
    page.set_viewport_size({"width": 390, "height": 844})
    page.set_extra_http_headers({"Accept-Language": language})

    found = heads(page, SIGNED_OUT)
    page.set_extra_http_headers({"Accept-Language": "en"})
    sign_in(page, ada)
    page.set_extra_http_headers({"Accept-Language": language})
    found |= {f"signed in {address}": rows for address, rows in heads(page, [*OF_PEOPLE, *of_the_admin]).items()}

    assert {address: told for address, told in found.items() if told[0] > 2 or not told[1]} == {}
    assert found[f"signed in {of_the_admin[3]}"][0] == 2
