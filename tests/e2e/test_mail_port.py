"""Under Settings | Mail, another encryption brings its usual port, and never in place of one that was typed."""

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import GeneralSettings, User
from tests import cast
from tests.e2e.conftest import sign_in

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

MAIL = "/admin/accounts/mailsettings/1/change/"
STARTTLS, TLS = "STARTTLS (port 587)", "TLS from the beginning (port 465)"


def test_the_port_follows_the_encryption(page: Page, ada: User, tree: cast.Tree) -> None:
    sign_in(page, ada)
    page.goto(MAIL)
    port, encryption = page.locator("#id_mail_port"), page.get_by_label("Encryption")
    expect(port).to_have_value("587")

    encryption.select_option(label=TLS)
    expect(port).to_have_value("465")
    encryption.select_option(label=STARTTLS)
    expect(port).to_have_value("587")
    encryption.select_option(label=TLS)
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("Settings saved.")).to_be_visible()
    assert GeneralSettings.current().mail_port == 465


def test_a_port_that_was_typed_stays(page: Page, ada: User, tree: cast.Tree) -> None:
    sign_in(page, ada)
    page.goto(MAIL)
    port = page.locator("#id_mail_port")
    port.fill("2525")

    page.get_by_label("Encryption").select_option(label=TLS)

    expect(port).to_have_value("2525")
    port.fill("587")
    page.get_by_label("Encryption").select_option(label=STARTTLS)
    page.get_by_label("Encryption").select_option(label=TLS)
    expect(port).to_have_value("587")


def test_without_scripts_the_answer_suggests_it(
    chromium: Browser, live_server: LiveServer, ada: User, tree: cast.Tree
) -> None:
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    sign_in(page, ada)
    page.goto(MAIL)
    page.get_by_label("Encryption").select_option(label=TLS)
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("This encryption usually has port 465.")).to_be_visible()
    expect(page.locator("#id_mail_port")).to_have_value("465")
    context.close()
