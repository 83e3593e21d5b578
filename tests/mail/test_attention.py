"""Administrators are mailed what the home page lists, when something is new there, and once a day at most."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import GeneralSettings, Mail, MailKind, User
from accounts.services.mail import deliver_due
from runai_identity import housekeeping
from runai_identity.first_page.attention_mail import mail_what_needs_attention
from sso.models import IdentityProvider
from tests.conftest import BrowserAs
from tests.mail.server import Mailbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def told(mailbox: Mailbox, ada: User) -> None:
    GeneralSettings.objects.update(mail_attention="ops@example.com, boss@example.com")


def a_day_later() -> None:
    Mail.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))


def test_each_address_gets_what_the_page_lists(mailbox: Mailbox, ada: User, browser_as: BrowserAs) -> None:
    housekeeping.tell_administrators()
    deliver_due()

    assert [one["To"] for one in mailbox.got] == ["ops@example.com", "boss@example.com"]
    text, page = mailbox.text(), browser_as(ada).get("/admin/").content.decode()
    assert "Only one system administrator" in text and "Only one system administrator" in page
    assert "http://testserver/admin/access/accessrule/add/" in text


def test_it_is_sent_again_when_something_is_new_and_a_day_has_passed(mailbox: Mailbox) -> None:
    assert (mail_what_needs_attention(), mail_what_needs_attention()) == (2, 0)
    deliver_due()
    a_day_later()
    assert mail_what_needs_attention() == 0

    IdentityProvider.objects.create(alias="okta", type="saml", name="Okta", enabled=True, metadata_problem="gone")

    assert mail_what_needs_attention() == 2
    deliver_due()
    assert "Okta: metadata" in mailbox.text()


def test_it_is_sent_again_when_what_was_to_end_has_ended(mailbox: Mailbox) -> None:
    ends = timezone.now() + timedelta(hours=1)
    IdentityProvider.objects.create(alias="okta", type="saml", name="Okta", enabled=True, metadata_valid_until=ends)
    sent = [mail_what_needs_attention()]
    a_day_later()
    sent.append(mail_what_needs_attention())
    IdentityProvider.objects.update(metadata_valid_until=timezone.now() - timedelta(minutes=1))

    sent.append(mail_what_needs_attention())

    assert sent == [2, 0, 2]


def test_nobody_gets_it_where_no_address_is_set(mailbox: Mailbox) -> None:
    GeneralSettings.objects.update(mail_attention="")

    assert mail_what_needs_attention() == 0 and not Mail.objects.exists()


def test_mail_that_is_not_sent_needs_attention(ada: User, browser_as: BrowserAs) -> None:
    Mail.objects.create(kind=MailKind.ACCESS_CUT, to="bob@example.com", state="failed", failure="550 No such user")

    assert "550 No such user" in browser_as(ada).get("/admin/").content.decode()


def test_it_is_in_the_language_of_the_administrator_whose_list_it_has(mailbox: Mailbox, ada: User) -> None:
    User.objects.filter(pk=ada.pk).update(language="de")

    housekeeping.tell_administrators()
    deliver_due()

    assert "Nur ein Systemadministrator" in mailbox.text() and "Verwaltung" in mailbox.text()
    assert "Aufmerksamkeit" in mailbox.got[0]["Subject"] and "Everything" not in mailbox.text()
