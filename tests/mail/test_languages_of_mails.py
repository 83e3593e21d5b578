"""A mail is in the language that the person chose, or in that of the page that caused it, down to its last line."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.mail import deliver_due
from tests.conftest import BrowserAs
from tests.mail.server import Mailbox

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de"}
FOOTERS = {"en": "Nobody reads answers to this mail.", "de": "Antworten auf diese E-Mail liest niemand."}


@pytest.mark.parametrize(
    ("chosen", "page", "sent"), [("", "de", "de"), ("", "fr", "en"), ("de", "en", "de"), ("en", "de", "en")]
)
def test_a_link_to_recover_a_password(mailbox: Mailbox, bob: User, chosen: str, page: str, sent: str) -> None:
    User.objects.filter(pk=bob.pk).update(language=chosen)

    Client().post("/recover", {"email": bob.email}, headers={"Accept-Language": page})
    deliver_due()

    assert ("Guten Tag" in mailbox.text()) == (sent == "de")
    assert [language for language, footer in FOOTERS.items() if footer in mailbox.text()] == [sent]


def test_an_invitation_is_in_the_language_of_who_invites(mailbox: Mailbox, ada: User, browser_as: BrowserAs) -> None:
    added = {"email": "dora@example.com", "entry": "mail"}
    browser_as(ada).post("/admin/accounts/user/add/", added, headers=GERMAN)
    deliver_due()

    assert mailbox.subjects("Sie sind eingeladen: Wählen Sie Ihr Passwort")


def test_the_test_mail_is_in_the_language_of_the_page(mailbox: Mailbox, ada: User, browser_as: BrowserAs) -> None:
    browser_as(ada).post("/admin/accounts/mailsettings/test/", headers=GERMAN)

    assert mailbox.subjects("Test des Mailservers") and FOOTERS["de"] in mailbox.text()
