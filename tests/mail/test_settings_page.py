"""Settings | Mail: the password is kept and never shown, and what can't take effect is refused with the reason."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from accounts.models import GeneralSettings, Mail, MailKind, User
from accounts.services.mail import queue_mail
from accounts.services.mail_settings import encrypt_again, update_mail_settings
from audit.models import Event
from common.actors import SYSTEM
from common.encryption import decrypt
from common.errors import Forbidden
from tests import cast
from tests.conftest import BrowserAs
from tests.mail.server import PASSWORD, USER, Mailbox, use
from tests.ports import free_port

pytestmark = pytest.mark.django_db
PAGE = "/admin/accounts/mailsettings/1/change/"
TYPED = {
    "mail_host": "smtp.example.com",
    "mail_port": "587",
    "mail_security": "starttls",
    "mail_username": USER,
    "mail_password": PASSWORD,
    "mail_from": "identity@example.com",
    "mail_recovery": "on",
    "mail_notices": "on",
    "mail_new_places": "on",
    "mail_attention": "ops@example.com, boss@example.com",
    "mail_untried": "on",
}


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def saved(admin: Client, **changes: str) -> str:
    return text(admin.post(PAGE, {**TYPED, **changes}, follow=True))


def kept_password() -> str:
    encrypted = bytes(GeneralSettings.current().mail_password_encrypted)
    return decrypt(encrypted).decode() if encrypted else ""


def test_it_keeps_what_is_typed_and_never_shows_the_password(admin: Client) -> None:
    page = saved(admin)

    row = GeneralSettings.current()
    assert "Settings saved." in page and PASSWORD not in page + text(admin.get(PAGE))
    assert (row.mail_host, row.mail_username, kept_password()) == ("smtp.example.com", USER, PASSWORD)
    assert PASSWORD.encode() not in bytes(row.mail_password_encrypted)
    assert PASSWORD not in repr(list(Event.objects.values_list()))
    assert Event.objects.filter(action="settings:mail-password:update").count() == 1


def test_a_blank_password_leaves_the_one_that_is_kept_to_the_same_server(admin: Client) -> None:
    saved(admin)

    saved(admin, mail_password="", mail_port="2525")
    assert kept_password() == PASSWORD

    page = saved(admin, mail_password="", mail_port="2525", mail_host="other.example.com")
    assert "Type the password too" in page and GeneralSettings.current().mail_host == "smtp.example.com"
    saved(admin, mail_password="", mail_port="2525", mail_username="")
    assert kept_password() == ""


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("mail_host", {"mail_host": "smtp.example.com:25"}),
        ("mail_host", {"mail_host": "smtp example"}),
        ("mail_host", {"mail_host": "smtp.example.com\r\nX: y"}),
        ("mail_port", {"mail_port": "0"}),
        ("mail_port", {"mail_port": "65536"}),
        ("mail_from", {"mail_from": ""}),
        ("mail_from", {"mail_from": "identity"}),
        ("mail_from", {"mail_from": "a@example.com\r\nBcc: all@example.com"}),
        ("mail_password", {"mail_password": ""}),
        ("mail_username", {"mail_username": ""}),
        ("mail_security", {"mail_security": "none"}),
        ("mail_attention", {"mail_attention": "ops@example.com, nobody"}),
        ("mail_attention", {"mail_attention": ",".join(f"a{n}@example.com" for n in range(11))}),
        ("mail_attention", {"mail_host": "", "mail_username": "", "mail_password": ""}),
    ],
)
def test_what_has_no_effect_is_refused_at_its_field(admin: Client, field: str, changes: dict[str, str]) -> None:
    page = saved(admin, **changes)

    row = page.partition(f"field-{field}")[2].partition("<input")[0]
    assert "errorlist" in row and not GeneralSettings.objects.exclude(mail_host="").exists()


def test_it_says_that_nothing_is_sent_and_where_links_stand(admin: Client) -> None:
    assert "No mail is sent, since no mail server is set." in text(admin.get(PAGE))
    assert "Send a test mail" not in text(admin.get(PAGE))


def test_a_test_mail_says_what_the_server_answered(admin: Client, mailbox: Mailbox) -> None:
    page = text(admin.post("/admin/accounts/mailsettings/test/", follow=True))
    assert "took the test mail to ada@example.com" in page and mailbox.got[0]["To"] == "ada@example.com"

    use("127.0.0.1", free_port())
    assert "Nothing answers on port" in text(admin.post("/admin/accounts/mailsettings/test/", follow=True))


def test_it_lists_what_became_of_the_last_mails(admin: Client, bob: User, vera: User, browser_as: BrowserAs) -> None:
    use("127.0.0.1", 25)
    queue_mail(MailKind.PASSWORD_RESET, to=bob.email, user=bob)
    queue_mail(MailKind.RECOVERY, to="My-Password-1")
    Mail.objects.filter(user=bob).update(state="failed", failure="550 No such user")

    page = text(admin.get(PAGE))
    assert bob.email in page and "550 No such user" in page and "My-Password-1" not in page
    assert bob.email not in text(browser_as(vera).get(PAGE))


def test_who_may_only_read_settings_sends_and_saves_nothing(
    vera: User, browser_as: BrowserAs, mailbox: Mailbox
) -> None:
    browser = browser_as(vera)

    assert browser.post(PAGE, TYPED).status_code == 403
    assert browser.post("/admin/accounts/mailsettings/test/").status_code == 403 and mailbox.got == []


def test_it_takes_the_power_over_everybody(tree: cast.Tree, ada: User) -> None:
    """Whoever receives the mails recovers anybody's password: that of somebody with a rule above the tenant too."""
    above = cast.person("above")
    update_mail_settings(actor=ada, mail_host="smtp.example.com", mail_from="a@example.com")
    cast.rule("user", above.email, "System administrator", tree.tenant.parent)  # type: ignore[arg-type]  # the root

    with pytest.raises(Forbidden):
        update_mail_settings(actor=ada, mail_host="evil.example.com")


def test_the_password_moves_to_a_new_key() -> None:
    update_mail_settings(
        actor=SYSTEM, password=PASSWORD, mail_host="a.example.com", mail_from="a@example.com", mail_username=USER
    )
    before = bytes(GeneralSettings.current().mail_password_encrypted)

    assert encrypt_again() == 1
    assert bytes(GeneralSettings.current().mail_password_encrypted) != before and kept_password() == PASSWORD


def port_offered(page: str) -> str:
    return str(re.findall(r'name="mail_port" value="(\d+)"', page)[0])


def test_another_encryption_suggests_its_port_and_keeps_one_that_is_typed(admin: Client) -> None:
    assert 'name="port_for" value="starttls"' in saved(admin)

    page = saved(admin, mail_security="tls", port_for="starttls")

    assert "usually has port 465" in page and port_offered(page) == "465"
    assert GeneralSettings.current().mail_port == 587
    saved(admin, mail_security="tls", port_for="", mail_port="587")
    assert (GeneralSettings.current().mail_security, GeneralSettings.current().mail_port) == ("tls", 587)


@pytest.mark.parametrize("typed", ["465", "2525"])
def test_a_port_of_ones_own_is_no_mistake(admin: Client, typed: str) -> None:
    page = saved(admin, mail_security="tls", port_for="starttls", mail_port=typed)

    assert "Settings saved." in page and GeneralSettings.current().mail_port == int(typed)
