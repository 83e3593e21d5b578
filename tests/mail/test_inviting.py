"""Whoever is added gets a link in place of a temporary password: mailed, or shown once to hand over."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, PasswordLink, User
from accounts.services.invitations import invite_again, invite_user
from accounts.services.mail import deliver_due
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict, Forbidden, Invalid
from tests import cast
from tests.conftest import APIAs, BrowserAs
from tests.mail.server import Mailbox
from tests.mail.test_links import choose, is_over

pytestmark = pytest.mark.django_db
ADD, USERS = "/admin/accounts/user/add/", "/api/v1/users"
TYPED = {
    "email": "new@example.com",
    "first_name": "",
    "last_name": "",
    "uid": "",
    "gid": "",
    "supplementary_groups": "",
}


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def link_in(page: str) -> str:
    (found,) = re.findall(r"http://testserver(/choose-password\?link=[\w.%-]+)", page)
    return str(found)


def new() -> User:
    return User.objects.get(email="new@example.com")


def test_the_page_shows_a_link_once_which_lets_them_in(ada: User, browser_as: BrowserAs) -> None:
    page = browser_as(ada).post(ADD, {**TYPED, "entry": "link"})
    link, browser = link_in(text(page)), Client()

    assert 'data-copy="revealed"' in text(page) and "no-store" in page["Cache-Control"] and new().must_change_password
    assert choose(link, browser=browser).status_code == 302 and browser.get("/account").status_code == 200
    assert is_over(link) and not new().must_change_password
    assert {"user:create", "user:invite", "user:invitation:accept"} <= {*Event.objects.values_list("action", flat=True)}


def test_the_page_sends_a_mail_where_there_is_a_server(ada: User, browser_as: BrowserAs, mailbox: Mailbox) -> None:
    admin = browser_as(ada)
    assert 'value="mail"' in text(admin.get(ADD))

    page = text(admin.post(ADD, {**TYPED, "entry": "mail"}))
    deliver_due()

    assert "is invited" in page and "link=" not in page and "shown this once" not in page
    assert mailbox.got[-1]["To"] == "new@example.com" and choose(mailbox.link()).status_code == 302


def test_without_a_server_the_page_offers_what_it_can_do(ada: User, browser_as: BrowserAs) -> None:
    admin = browser_as(ada)

    assert 'value="mail"' not in text(admin.get(ADD))
    assert "errorlist" in text(admin.post(ADD, {**TYPED, "entry": "mail"})) and not Mail.objects.exists()
    assert "Temporary password" in text(admin.post(ADD, {**TYPED, "entry": "password"}))


@pytest.mark.parametrize("action", ["invite_by_link", "invite_by_mail"])
def test_who_has_not_signed_in_is_invited_again(
    ada: User, browser_as: BrowserAs, mailbox: Mailbox, action: str
) -> None:
    admin = browser_as(ada)
    user, first = invite_user(actor=ada, email="new@example.com", by_mail=False)
    assert first and action in text(admin.get(f"/admin/accounts/user/{user.pk}/change/"))

    sent = {"action": action, "_selected_action": str(user.pk), "confirmed": "yes"}
    page = text(admin.post("/admin/accounts/user/", sent, follow=True))
    deliver_due()

    link = link_in(page) if action == "invite_by_link" else mailbox.link()
    assert is_over(first.address) and choose(link).status_code == 302


@pytest.mark.parametrize("by_mail", [False, True])
def test_a_newer_invitation_ends_one_that_waits_for_the_server(ada: User, mailbox: Mailbox, by_mail: bool) -> None:
    mailbox.refuses = "450 Later"
    user, _ = invite_user(actor=ada, email="new@example.com", by_mail=True)
    deliver_due()
    mailbox.refuses = ""

    link = invite_again(actor=ada, user=user, by_mail=by_mail)
    Mail.objects.update(next_try_at=timezone.now())
    deliver_due()

    assert len(mailbox.got) == by_mail
    address = link.address.removeprefix("http://testserver") if link else mailbox.link()
    assert choose(address).status_code == 302


def test_a_newer_invitation_ends_the_link_before_it_is_sent(ada: User, mailbox: Mailbox) -> None:
    user, first = invite_user(actor=ada, email="new@example.com", by_mail=False)

    invite_again(actor=ada, user=user, by_mail=True)

    assert first and is_over(first.address)


def test_the_api_answers_a_link_or_mails_it(ada: User, api_as: APIAs, mailbox: Mailbox) -> None:
    answer = api_as(ada).post(USERS, {"email": "new@example.com", "invite": True})
    assert answer.status_code == 201 and "tempPassword" not in answer.json()
    first = answer.json()["invitation"]["link"]

    again = api_as(ada).post(f"{USERS}/{new().pk}/invitation", {})
    assert is_over(first) and choose(again.json()["link"].removeprefix("http://testserver")).status_code == 302

    answer = api_as(ada).post(USERS, {"email": "other@example.com", "notify": True})
    deliver_due()
    assert answer.json().keys() == {"id", "username"} and choose(mailbox.link()).status_code == 302


def test_the_api_refuses_to_notify_where_there_is_no_server(ada: User, api_as: APIAs) -> None:
    answer = api_as(ada).post(USERS, {"email": "new@example.com", "notify": True})

    assert (answer.status_code, answer.json()["details"]) == (400, "no_mail")
    assert not User.objects.filter(email="new@example.com").exists()


def test_who_has_signed_in_is_not_invited(ada: User, bob: User, browser_as: BrowserAs) -> None:
    browser_as(bob)

    with pytest.raises(Conflict):
        invite_again(actor=ada, user=bob, by_mail=False)
    assert not PasswordLink.objects.exists()


def test_nobody_invites_who_is_stronger(ada: User, tree: cast.Tree, alice: User, vera: User) -> None:
    boss, _ = invite_user(actor=SYSTEM, email="boss@example.com", by_mail=False)
    cast.rule("user", boss.email, "System administrator", tree.tenant)

    for actor in (alice, vera):
        with pytest.raises(Forbidden):
            invite_again(actor=actor, user=boss, by_mail=False)
    with pytest.raises(Invalid):
        invite_again(actor=ada, user=boss, by_mail=True)


def test_an_invitation_is_not_sent_to_an_address_from_before(mailbox: Mailbox, ada: User) -> None:
    user, _ = invite_user(actor=ada, email="new@example.com", by_mail=True)
    User.objects.filter(pk=user.pk).update(email="renamed@example.com")

    deliver_due()

    assert mailbox.got == []
