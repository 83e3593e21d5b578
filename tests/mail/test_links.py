"""Invitations and recovery: who gets a link, what it is good for, and when it is over."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import LinkPurpose, Mail, PasswordLink, Session, User
from accounts.services import password_links
from accounts.services.cutting import cut_access
from accounts.services.mail import deliver_due
from accounts.services.password_links import make_link
from accounts.services.passwords import reset_password
from accounts.services.renaming import rename_user
from accounts.services.throttle import RECOVERIES_PER_ACCOUNT, RECOVERIES_PER_ADDRESS
from accounts.services.users import create_user, disable_user, enable_user
from audit.models import Event
from common.actors import SYSTEM
from tests import cast
from tests.accounts.factors import code, enrol, second_step
from tests.conftest import BrowserAs
from tests.keys import plant_keys
from tests.mail.server import Mailbox
from tests.tokens.asking import by_password, call_api

pytestmark = pytest.mark.django_db
NEW = "Another-Horse-77"


def ask(email: str, **more: Any) -> Any:
    return Client().post("/recover", {"email": email}, **more)


def recovered(mailbox: Mailbox, user: User) -> str:
    assert ask(user.email).status_code == 200
    deliver_due()
    return mailbox.link()


def choose(link: str, *, browser: Client | None = None, new: str = NEW) -> Any:
    """Open a link, and send the form of the page."""
    browser = browser or Client()
    page = browser.get(link)
    sent = parse_qs(urlsplit(link).query)["link"][0]
    assert page.status_code == 200 and sent in page.content.decode()
    return browser.post("/choose-password", {"link": sent, "new": new, "again": new})


def is_over(link: str) -> bool:
    sent = parse_qs(urlsplit(link).query)["link"][0]
    answers = (Client().get(link), Client().post("/choose-password", {"link": sent, "new": NEW, "again": NEW}))
    return [answer.status_code for answer in answers] == [403, 403]


def test_a_forgotten_password_is_recovered_by_mail(mailbox: Mailbox, bob: User) -> None:
    link = recovered(mailbox, bob)
    browser = Client()

    answer = choose(link, browser=browser)

    assert answer.status_code == 302 and browser.get("/account").status_code == 200
    assert Client().post("/login", {"email": bob.email, "password": NEW}).status_code == 302
    assert Client().post("/login", {"email": bob.email, "password": cast.PASSWORD}).status_code == 401
    assert (mailbox.got[0]["To"], mailbox.got[0]["Subject"]) == (bob.email, "[runai] Choose a new password")
    assert Event.objects.filter(action__in=["user:recovery:send", "user:recovery:accept"]).count() == 2


def test_it_ends_all_that_was_begun_with_the_old_one(mailbox: Mailbox, bob: User, browser_as: BrowserAs) -> None:
    plant_keys()
    elsewhere, token = browser_as(bob), by_password(bob)["accessToken"]

    choose(recovered(mailbox, bob))

    assert elsewhere.get("/account").status_code == 302 and call_api(token).status_code == 401
    assert bob.sessions.live().count() == 1


def test_the_second_factor_is_still_asked(mailbox: Mailbox, bob: User) -> None:
    secret, _ = enrol(bob)
    browser = Client()

    answer = choose(recovered(mailbox, bob), browser=browser)

    assert answer["Location"].startswith("/login/second") and not Session.objects.filter(user=bob).exists()
    assert browser.get("/account").status_code == 302
    assert second_step(browser, code(secret)).status_code == 302
    assert Session.objects.get(user=bob).amr == ["pwd", "otp", "mfa"]


def test_it_works_in_a_browser_that_is_signed_in(
    mailbox: Mailbox, bob: User, alice: User, browser_as: BrowserAs
) -> None:
    for user in (bob, alice):
        browser = browser_as(user)
        assert choose(recovered(mailbox, bob), browser=browser).status_code == 302
        assert browser.get("/account").context["user"] == bob


@pytest.mark.parametrize("new", ["short", "password", "bob@example.com"])
def test_a_poor_password_is_refused_and_uses_nothing_up(mailbox: Mailbox, bob: User, new: str) -> None:
    link = recovered(mailbox, bob)

    assert choose(link, new=new).status_code == 400
    assert choose(link).status_code == 302


def used(link: str, user: User) -> None:
    choose(link)


def too_late(link: str, user: User) -> None:
    PasswordLink.objects.update(expires_at=timezone.now())


def password_changed(link: str, user: User) -> None:
    user.set_password("Third-Horse-123")
    User.objects.filter(pk=user.pk).update(password=user.password)


def renamed(link: str, user: User) -> None:
    rename_user(actor=SYSTEM, user=user, email="robert@example.com")


def renamed_behind(link: str, user: User) -> None:
    User.objects.filter(pk=user.pk).update(email="robert@example.com")


def off_and_on_again(link: str, user: User) -> None:
    disable_user(actor=SYSTEM, user=user)
    enable_user(actor=SYSTEM, user=user)


ENDS: dict[str, Callable[[str, User], object]] = {
    "used": used,
    "too late": too_late,
    "password changed": password_changed,
    "password reset": lambda link, user: reset_password(actor=SYSTEM, user=user),
    "renamed": renamed,
    "renamed behind our back": renamed_behind,
    "disabled": lambda link, user: User.objects.filter(pk=user.pk).update(enabled=False),
    "disabled and enabled": off_and_on_again,
    "by a provider now": lambda link, user: User.objects.filter(pk=user.pk).update(is_local=False),
    "access cut": lambda link, user: cut_access(actor=SYSTEM, user=user, disable=False),
    "deleted": lambda link, user: User.objects.filter(pk=user.pk).delete(),
}


@pytest.mark.parametrize("purpose", LinkPurpose.values)
@pytest.mark.parametrize("ends", ENDS)
def test_a_link_is_over(ada: User, bob: User, purpose: str, ends: str) -> None:
    link = make_link(bob, LinkPurpose(purpose)).address.removeprefix("http://testserver")

    ENDS[ends](link, User.objects.get(pk=bob.pk))

    assert is_over(link)


@pytest.mark.parametrize("change", ["", "x", "another"])
def test_a_link_that_is_not_whole_is_over(bob: User, alice: User, change: str) -> None:
    link = make_link(bob, LinkPurpose.RECOVERY).address
    row, _, secret = parse_qs(urlsplit(link).query)["link"][0].partition(".")
    other = make_link(alice, LinkPurpose.RECOVERY).address
    of_other = parse_qs(urlsplit(other).query)["link"][0].partition(".")[0]
    sent = {"": row, "x": f"{row}.{secret}x", "another": f"{of_other}.{secret}"}[change]

    assert is_over(f"/choose-password?link={sent}")


def test_the_address_that_leads_there_is_told_to_nobody(bob: User) -> None:
    page = Client().get(make_link(bob, LinkPurpose.RECOVERY).address)

    assert page["Referrer-Policy"] == "strict-origin" and "no-store" in page["Cache-Control"]


def test_nothing_in_the_database_is_as_good_as_a_link(mailbox: Mailbox, bob: User) -> None:
    link = recovered(mailbox, bob)
    secret = link.rpartition(".")[2]

    rows = [*PasswordLink.objects.values_list(), *Mail.objects.values_list(), *Event.objects.values_list()]

    assert len(rows) > 2 and secret not in repr(rows)


def test_the_link_is_of_the_configured_address_whatever_the_host(mailbox: Mailbox, bob: User) -> None:
    ask(bob.email, headers={"Host": "localhost", "X-Forwarded-Host": "evil.example"})
    deliver_due()

    assert "http://testserver/choose-password?" in mailbox.text() and "localhost" not in mailbox.text()


def test_an_account_gets_so_many_mails_and_no_more(mailbox: Mailbox, bob: User) -> None:
    for number in range(RECOVERIES_PER_ACCOUNT + 3):
        assert ask(bob.email, REMOTE_ADDR=f"192.0.2.{number}").status_code == 200
        deliver_due()

    assert len(mailbox.got) == RECOVERIES_PER_ACCOUNT
    assert Event.objects.filter(reason="too many mails to this account").exists()


def test_one_address_asks_so_often_and_no_more(mailbox: Mailbox) -> None:
    answers = [ask(f"somebody{number}@example.com").status_code for number in range(RECOVERIES_PER_ADDRESS + 1)]

    assert answers == [200] * RECOVERIES_PER_ADDRESS + [429]


def test_an_older_link_stays_good_so_that_nobody_can_keep_somebody_out(mailbox: Mailbox, bob: User) -> None:
    first = recovered(mailbox, bob)
    recovered(mailbox, bob)

    assert choose(first).status_code == 302


def test_a_temporary_password_need_not_be_typed(mailbox: Mailbox) -> None:
    user, _ = create_user(actor=SYSTEM, email="new@example.com")
    browser = Client()

    choose(recovered(mailbox, user), browser=browser)

    user.refresh_from_db()
    assert not user.must_change_password and browser.get("/account").status_code == 200


def test_time_passes(bob: User) -> None:
    link = make_link(bob, LinkPurpose.RECOVERY).address
    assert Client().get(link).status_code == 200

    with time_machine.travel(timezone.now() + password_links.LIFETIMES[LinkPurpose.RECOVERY]):
        assert is_over(link)
