"""Asking for a new password: whoever is meant, the answer and the statements are the same, and only one gets a mail."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.models import Mail, User
from accounts.services.mail import deliver_due
from accounts.services.settings import update_general_settings
from accounts.services.users import create_user
from audit.models import Event
from common.actors import SYSTEM
from tests import cast
from tests.accounts.factors import enrol
from tests.mail.server import Mailbox, serving

pytestmark = pytest.mark.django_db


def with_a_factor() -> str:
    user = cast.person("wary")
    enrol(user)
    return user.email


MEANT: dict[str, Callable[[], str]] = {
    "local": lambda: cast.person("somebody").email,
    "with a second factor": with_a_factor,
    "in other case": lambda: f"  {cast.person('other').email.upper()} ",
    "unknown": lambda: "nobody@example.com",
    "no address": lambda: "Correct-Horse-1",
    "long": lambda: "x" * 900,
    "disabled": lambda: cast.person("off", enabled=False).email,
    "by a provider": lambda: create_user(actor=SYSTEM, email="sso@example.com", is_local=False)[0].email,
}
GETS_ONE = ("local", "with a second factor", "in other case")


def asked(email: str) -> tuple[list[str], int, str]:
    sent: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        sent.append(re.sub(r'"s\d+_x\d+"', "savepoint", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        answer = Client().post("/recover", {"email": email})
    page = re.sub(r'value="[^"]*"', "", answer.content.decode())
    return sent, answer.status_code, page


@pytest.mark.parametrize("meant", MEANT)
def test_the_answer_and_the_statements_are_the_same(mailbox: Mailbox, meant: str) -> None:
    asked("before@example.com")
    email = MEANT[meant]()

    assert asked(email) == asked("stranger@example.com")
    deliver_due()

    assert len(mailbox.subjects("Choose a new password")) == (meant in GETS_ONE)
    assert not Mail.objects.filter(user=None).exists()


def test_what_was_typed_in_place_of_an_address_is_not_kept(mailbox: Mailbox) -> None:
    asked("Correct-Horse-1")
    deliver_due()

    event = Event.objects.get(action="user:recovery:send")
    assert (event.reason, event.source_ip) == ("unknown user", "127.0.0.1")
    assert "Horse" not in repr(list(Event.objects.values_list())) + repr(list(Mail.objects.values_list()))


def test_it_is_offered_where_mail_is_sent_and_it_is_switched_on(db: None, bob: User) -> None:
    def offered() -> bool:
        return b"/recover" in Client().get("/login").content

    assert not offered() and Client().post("/recover", {"email": bob.email}).status_code == 409
    with serving():
        assert offered()
        update_general_settings(actor=SYSTEM, mail_recovery=False)
        assert not offered() and Client().post("/recover", {"email": bob.email}).status_code == 409
    assert not Mail.objects.exists()
