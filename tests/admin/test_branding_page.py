"""Settings | Branding: a name, a colour and a logo are typed, shown, refused with the reason, and taken back."""

from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import GeneralSettings, Logo, User
from accounts.services.branding import update_branding
from common.actors import SYSTEM
from tests.accounts.logos import ONE_OF_EACH, SCRIPT, png
from tests.conftest import BrowserAs

PAGE = "/admin/accounts/brandingsettings/1/change/"
RESET = "/admin/accounts/brandingsettings/reset/"
TYPED = {"brand_name": "Acme", "brand_accent": "#ffd400"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def saved(admin: Client, content: bytes | None = None, **changes: str) -> str:
    """Send the form, with a file that calls itself a PNG."""
    file = {} if content is None else {"logo": SimpleUploadedFile("logo.png", content, "image/png")}
    return text(admin.post(PAGE, {**TYPED, **changes, **file}, follow=True))


def refusal_at(page: str, field: str) -> str:
    return page.partition(f"field-{field}")[2].partition('class="errorlist"')[2].partition("</ul>")[0]


def test_it_saves_all_three_and_the_page_wears_them(admin: Client) -> None:
    page = saved(admin, png())

    row = GeneralSettings.current()
    assert "Settings saved." in page and "<bdi>Acme</bdi>" in page
    assert (row.brand_name, row.brand_accent, row.brand_logo) == ("Acme", "#ffd400", Logo.objects.get().pk)
    assert f'src="/branding/{row.brand_logo}"' in page and '.css">' in page.partition("/branding/")[2]


def test_it_says_what_becomes_of_a_colour_that_can_not_be_read(admin: Client) -> None:
    page = saved(admin)

    assert "Buttons: #ffd400, their text #000000" in page
    assert "#ffd400 has 1.3 : 1, and text is hard to read below 4.5 : 1." in page
    assert "Links: #ffd400, as it was typed (contrast 8.5 : 1)." in page  # in the dark scheme


def test_the_page_has_no_style_of_its_own(admin: Client) -> None:
    page = saved(admin, png())

    assert "style=" not in page and "<style" not in page


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (SVG, "SVG is not taken, because it can carry scripts."),
        (SCRIPT, "This is no PNG, JPEG or WebP."),
        (png()[:-20], "The image is cut off."),
        (png() + SCRIPT, "The image is damaged"),
        (png(5000, 5000, pixels=b""), "more than 2,048 pixels"),
        (png() + bytes(70_000), "The file is larger than 64 KB."),
        (b"", "empty"),
    ],
)
def test_a_bad_file_is_refused_at_its_field_and_nothing_is_saved(admin: Client, content: bytes, why: str) -> None:
    page = saved(admin, content)

    assert why in refusal_at(page, "logo") and 'value="Acme"' in page
    assert not Logo.objects.exists() and not GeneralSettings.objects.exclude(brand_name="").exists()


@pytest.mark.parametrize(
    ("field", "typed"),
    [("brand_accent", "red"), ("brand_accent", "#12"), ("brand_name", "\u202eevil"), ("brand_name", "a\u200bb")],
)
def test_so_is_what_is_typed_wrong(admin: Client, field: str, typed: str) -> None:
    page = saved(admin, png(), **{field: typed})

    assert refusal_at(page, field) and "Type" in refusal_at(page, field)
    assert not Logo.objects.exists()


def test_the_logo_stays_is_replaced_and_is_removed(admin: Client) -> None:
    saved(admin, png())
    first = Logo.objects.get().pk

    saved(admin, brand_name="Acme Research")
    assert Logo.objects.get().pk == first
    saved(admin, ONE_OF_EACH["JPEG"])
    assert Logo.objects.get().pk != first
    page = saved(admin, None, **{"logo-clear": "on"})

    assert not Logo.objects.exists() and GeneralSettings.current().brand_logo == ""
    assert "<bdi>Acme</bdi>" in page and "mark.svg" in page


def test_it_resets_all(admin: Client) -> None:
    saved(admin, png())
    assert "Reset to the default" in text(admin.get(PAGE))

    page = text(admin.post(RESET, follow=True))

    assert "Pages have the product's own name" in page and "<bdi>runai-identity</bdi>" in page
    assert "Reset to the default" not in page and not Logo.objects.exists()


def test_a_look_at_that_address_resets_nothing(admin: Client) -> None:
    saved(admin, png())

    assert admin.get(RESET)["Location"] == PAGE
    assert Logo.objects.exists()


def test_who_may_only_read_sees_it_and_changes_nothing(vera: User, browser_as: BrowserAs) -> None:
    update_branding(actor=SYSTEM, brand_name="Acme")
    update_branding(actor=SYSTEM, logo=png())
    browser = browser_as(vera)

    page = text(browser.get(PAGE))

    assert "Acme" in page and 'value="Save"' not in page and "Reset to the default" not in page
    assert browser.post(PAGE, TYPED).status_code == browser.post(RESET).status_code == 403
    assert Logo.objects.exists() and GeneralSettings.current().brand_name == "Acme"


def test_no_other_settings_page_takes_a_file(admin: Client) -> None:
    file = {"logo": SimpleUploadedFile("logo.png", png(), "image/png")}

    assert admin.post("/admin/accounts/generalsettings/1/change/", {**TYPED, **file}).status_code == 400
