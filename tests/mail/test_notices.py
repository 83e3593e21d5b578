"""People are told what changes in their account, and of sign-ins from a new address: so often and no more."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import GeneralSettings, Mail, MailKind, Session, User
from accounts.models.sessions import SessionKind
from accounts.receivers import MOST_NEW_PLACES, MOST_NOTICES
from accounts.services.cutting import cut_access
from accounts.services.factors import remove_factor, reset_factors
from accounts.services.mail import deliver_due, queue_mail
from accounts.services.passwords import change_password, reset_password
from accounts.services.renaming import rename_user
from accounts.services.sessions import start_session
from tests import cast
from tests.accounts.factors import enrol
from tests.mail.server import Mailbox

pytestmark = pytest.mark.django_db


def remove(user: User, by: User) -> None:
    enrol(user)
    session = start_session(user=user, kind=SessionKind.BROWSER, strong_at=timezone.now())
    remove_factor(user=user, factor_id=user.factors.get().pk, session=session)


def reset(user: User, by: User) -> None:
    enrol(user)
    reset_factors(actor=by, user=user)


CHANGES: dict[str, Callable[[User, User], object]] = {
    "Your password was changed": lambda user, by: change_password(
        user=user, current=cast.PASSWORD, new="Another-Horse-77"
    ),
    "An administrator reset your password": lambda user, by: reset_password(actor=by, user=user),
    "A second factor was added": lambda user, by: enrol(user),
    "A second factor was removed": remove,
    "An administrator removed your second factors": reset,
    "The e-mail address of your account was changed": lambda user, by: rename_user(
        actor=by, user=user, email="robert@example.com"
    ),
    "Your access was ended": lambda user, by: cut_access(actor=by, user=user),
}


def sign_in(user: User, address: str) -> None:
    answer = Client().post("/login", {"email": user.email, "password": cast.PASSWORD}, REMOTE_ADDR=address)
    assert answer.status_code == 302


@pytest.mark.parametrize("subject", CHANGES)
def test_a_change_is_told(mailbox: Mailbox, ada: User, bob: User, subject: str) -> None:
    CHANGES[subject](bob, ada)
    deliver_due()

    told = mailbox.subjects(subject)
    expected = ["bob@example.com", "robert@example.com"] if "e-mail" in subject else ["bob@example.com"]
    assert sorted(str(one["To"]) for one in told) == expected
    text = str(told[0].get_content())
    assert "bob@example.com" in text and " UTC" in text and not re.search(r"{[{%]|ada@|None", text)


def test_it_is_switched_off_on_the_page(mailbox: Mailbox, ada: User, bob: User) -> None:
    GeneralSettings.objects.update(mail_notices=False)

    reset_password(actor=ada, user=bob)

    assert not Mail.objects.exists()


def test_nobody_is_told_at_an_address_that_is_not_verified(mailbox: Mailbox, ada: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_local=False, source="corp", email_verified_by="")

    cut_access(actor=ada, user=bob)

    assert not Mail.objects.exists()


def test_one_person_gets_so_many_a_day(mailbox: Mailbox, ada: User, bob: User) -> None:
    for _ in range(MOST_NOTICES + 3):
        reset_password(actor=ada, user=bob)

    assert Mail.objects.count() == MOST_NOTICES


def test_who_asks_for_links_in_somebodys_name_uses_none_of_them_up(mailbox: Mailbox, ada: User, bob: User) -> None:
    for kind in (MailKind.RECOVERY, MailKind.INVITATION, MailKind.NEW_PLACE, MailKind.ATTENTION):
        for _ in range(MOST_NOTICES):
            queue_mail(kind, to=bob.email, user=bob)

    reset_password(actor=ada, user=bob)

    assert Mail.objects.filter(kind=MailKind.PASSWORD_RESET).count() == 1


def test_a_sign_in_from_a_new_address_is_told(mailbox: Mailbox, bob: User) -> None:
    for address in ("192.0.2.1", "192.0.2.1", "198.51.100.7", "198.51.100.7"):
        sign_in(bob, address)
    deliver_due()

    (told,) = mailbox.subjects("A sign-in from a new address")
    assert told["To"] == bob.email and "from 198.51.100.7" in mailbox.text()


def test_one_ipv6_network_is_one_address(mailbox: Mailbox, bob: User) -> None:
    for address in ("2001:db8:1:1::1", "2001:db8:1:1:ffff::2", "2001:db8:1:2::1"):
        sign_in(bob, address)

    assert [mail.facts["source_ip"] for mail in Mail.objects.all()] == ["2001:db8:1:2::1"]


def test_an_address_is_new_again_after_ninety_days(mailbox: Mailbox, bob: User) -> None:
    sign_in(bob, "192.0.2.1")
    long_ago = timezone.now() - timedelta(days=91)
    Session.objects.update(created_at=long_ago)
    sign_in(bob, "198.51.100.7")
    Mail.objects.all().delete()

    sign_in(bob, "192.0.2.1")

    assert Mail.objects.count() == 1


def test_new_addresses_are_told_so_often_and_can_be_switched_off(mailbox: Mailbox, bob: User) -> None:
    for number in range(MOST_NEW_PLACES + 3):
        sign_in(bob, f"192.0.2.{number}")
    assert Mail.objects.count() == MOST_NEW_PLACES

    Mail.objects.all().delete()
    GeneralSettings.objects.update(mail_new_places=False)
    sign_in(bob, "198.51.100.7")
    assert not Mail.objects.exists()


def test_a_mail_is_in_the_language_that_the_person_chose(mailbox: Mailbox, ada: User, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(language="de")

    reset_password(actor=ada, user=bob)
    deliver_due()

    assert mailbox.subjects("Ein Administrator hat Ihr Passwort zurückgesetzt") and "Guten Tag" in mailbox.text()
