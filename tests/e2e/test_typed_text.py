"""What was typed when a session ended is offered again: to the same person, once, and never a secret."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from clustersync.models import Cluster
from tests.cast import Tree
from tests.e2e.conftest import fill_in, sign_in
from tests.e2e.idle import come_back, expect_the_end, note_last_activity, server_clock_moved, sign_in_again

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

FORM = "/admin/accounts/user/add/"
OFFER = "Put it back"
A_DAY_AGO = "sessionStorage.draft = JSON.stringify({...JSON.parse(sessionStorage.draft), at: Date.now() - 864e5})"
KEPT = "JSON.stringify([{...sessionStorage}, {...localStorage}, document.cookie, window.name, history.state])"


def type_something(
    page: Page, user: User, *, label: str = "First name", text: str = "Grace", place: str = FORM
) -> None:
    sign_in(page, user)
    page.goto(place)
    page.get_by_label(label).fill(text)


def let_it_end(page: Page) -> None:
    note_last_activity(seconds_before_the_end=-1)
    come_back(page)
    expect_the_end(page)


def sign_in_as(page: Page, user: User, place: str) -> None:
    fill_in(page, user)
    page.wait_for_url(f"**{place}")
    page.wait_for_load_state("networkidle")


def offered(page: Page) -> bool:
    page.wait_for_timeout(300)
    return page.get_by_role("button", name=OFFER).is_visible()


@pytest.mark.parametrize(
    ("place", "label", "text"),
    [
        ("/account", "What it is for", "nightly build"),
        (FORM, "First name", "Grace"),
        ("/admin/sso/identityprovider/add/", "or pasted", "<EntityDescriptor>\n" + "# " * 40_000),
    ],
)
def test_it_is_put_back_on_every_kind_of_page(
    page: Page, ada: User, prod: Cluster, place: str, label: str, text: str
) -> None:
    place = place.format(prod.pk)
    type_something(page, ada, label=label, text=text, place=place)
    let_it_end(page)
    assert text[:10] not in page.evaluate(KEPT)

    sign_in_as(page, ada, place)
    expect(page.get_by_label(label)).to_have_value("")
    page.get_by_role("button", name=OFFER).focus()
    page.keyboard.press("Enter")

    expect(page.get_by_label(label)).to_have_value(text)
    expect(page.get_by_label(label)).to_be_focused()


def test_a_form_that_was_sent_too_late_is_not_lost(page: Page, ada: User) -> None:
    type_something(page, ada, text="")
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_label("First name").type("Grace")

    with server_clock_moved(timedelta(minutes=62)):
        page.get_by_role("button", name="Save", exact=True).click()
        expect_the_end(page)
        sign_in_again(page, ada, back_at=FORM)
        page.get_by_role("button", name=OFFER).click()
        page.get_by_role("button", name="Save", exact=True).click()

        expect(page.get_by_text("Temporary password", exact=True)).to_be_visible()
    assert User.objects.get(email="grace@example.com").first_name == "Grace"


def test_choices_are_put_back_too(page: Page, ada: User, tree: Tree) -> None:
    sign_in(page, ada)
    page.goto("/admin/access/project/add/")
    page.locator(".field-parent .select2-selection").click()
    page.get_by_role("option", name="vision").click()
    let_it_end(page)

    sign_in_as(page, ada, "/admin/access/project/add/")
    page.get_by_role("button", name=OFFER).click()

    assert page.locator("#id_parent").input_value() == tree.vision.pk
    expect(page.locator(".field-parent .select2-selection")).to_contain_text("vision")


def test_what_a_refused_form_still_shows_is_kept(page: Page, ada: User) -> None:
    type_something(page, ada)
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".errorlist").first).to_be_visible()
    page.wait_for_timeout(200)
    let_it_end(page)

    sign_in_as(page, ada, FORM)
    page.get_by_role("button", name=OFFER).click()

    expect(page.get_by_label("First name")).to_have_value("Grace")


def test_nobody_else_is_offered_it_nor_can_read_it(page: Page, ada: User, charlie: User) -> None:
    type_something(page, ada, text="Geheimnis")
    let_it_end(page)
    assert "draft" in page.evaluate(KEPT) and "Geheimnis" not in page.evaluate(KEPT)

    sign_in_as(page, charlie, FORM)

    assert not offered(page)
    assert "draft" not in page.evaluate(KEPT)
    page.go_back()
    page.wait_for_timeout(300)
    assert "Geheimnis" not in page.content()


@pytest.mark.parametrize("how", ["declined", "put back", "left"])
def test_it_is_offered_once(page: Page, ada: User, how: str) -> None:
    type_something(page, ada)
    let_it_end(page)
    sign_in_as(page, ada, FORM)
    if how != "left":
        page.get_by_role("button", name=OFFER if how == "put back" else "Discard it").click()

    page.goto("/account")
    page.goto(FORM)

    assert not offered(page)
    assert "draft" not in page.evaluate(KEPT)


def test_it_is_offered_again_if_the_session_ends_over_the_question(page: Page, ada: User) -> None:
    type_something(page, ada)
    for _ in range(2):
        let_it_end(page)
        sign_in_as(page, ada, FORM)

    assert offered(page)


def test_what_arrived_is_not_offered(page: Page, ada: User) -> None:
    type_something(page, ada)
    page.get_by_label("E-mail").fill("grace@example.com")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Temporary password", exact=True)).to_be_visible()
    let_it_end(page)

    sign_in_as(page, ada, FORM)

    assert not offered(page)


def test_who_signs_out_leaves_nothing_in_any_tab(page: Page, ada: User) -> None:
    type_something(page, ada)
    other = page.context.new_page()
    other.goto("/account")
    other.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/login?next=*")
    assert "draft" not in page.evaluate(KEPT)

    sign_in_as(page, ada, FORM)

    assert not offered(page)


def test_it_is_forgotten_after_a_day(page: Page, ada: User) -> None:
    type_something(page, ada)
    let_it_end(page)
    page.evaluate(A_DAY_AGO)

    page.reload()

    assert "draft" not in page.evaluate(KEPT)
