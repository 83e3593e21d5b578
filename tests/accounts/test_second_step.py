"""Between the right password and the session: the second factor."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Factor, Session, User
from accounts.models.sessions import SessionKind
from accounts.services.passwords import reset_password
from accounts.services.sessions import start_session
from accounts.services.users import disable_user
from audit.models import Event
from common.actors import SYSTEM
from tests import cast
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.tokens.asking import ask
from tokens.services.clients import ensure_built_in_clients


def reasons() -> list[str]:
    return list(Event.objects.filter(action="session:sign-in", result="Failed").values_list("reason", flat=True))


def test_the_password_alone_signs_nobody_in(charlie: User) -> None:
    enrol(charlie)

    browser = show_password(charlie, next="/account")

    assert not Session.objects.exists()
    assert browser.get("/account")["Location"] == "/login?next=/account"
    assert "_auth_user_id" not in browser.session


def test_the_code_does_and_leads_where_they_wanted(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie, next="/account")

    answer = second_step(browser, f" {code(secret)[:3]} {code(secret)[3:]}", next="/account")

    assert (answer.status_code, answer["Location"]) == (302, "/account")
    session = Session.objects.get()
    assert session.amr == ["pwd", "otp", "mfa"] and session.strong_at is not None
    assert "second_step" not in browser.session


def test_the_session_has_another_key_after_each_step(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = Client()
    browser.get("/login?signed-out")
    browser.session.save()
    keys = [browser.session.session_key]
    browser.post("/login", {"email": charlie.email, "password": "Correct-Horse-1"})
    keys.append(browser.session.session_key)
    second_step(browser, code(secret))

    assert len({*keys, browser.session.session_key}) == 3


def test_a_code_is_good_once(charlie: User) -> None:
    secret, _ = enrol(charlie)
    used = code(secret)
    second_step(show_password(charlie), used)

    again = second_step(show_password(charlie), used)

    assert again.status_code == 401 and "used already" in again.content.decode()
    assert reasons() == ["wrong code"] and Session.objects.count() == 1


def test_nor_is_an_older_one_good_after_it(charlie: User) -> None:
    secret, _ = enrol(charlie)
    second_step(show_password(charlie), code(secret))

    assert second_step(show_password(charlie), code(secret, steps=-1)).status_code == 401
    assert second_step(show_password(charlie), code(secret, steps=1)).status_code == 302


def test_a_recovery_code_signs_in_once_however_it_is_typed(charlie: User) -> None:
    _, codes = enrol(charlie)
    typed = codes[0].upper().replace("-", " ")

    assert second_step(show_password(charlie), typed).status_code == 302
    assert second_step(show_password(charlie), typed).status_code == 401
    assert Event.objects.get(action="user:recovery-code:use").metadata["left"] == 9


def test_nobody_elses_recovery_code_does(charlie: User, alice: User) -> None:
    enrol(charlie)
    _, codes = enrol(alice)

    assert second_step(show_password(charlie), codes[0]).status_code == 401


@pytest.mark.parametrize("typed", ["1" * 5000, "\x00", "abcd\x00", "٢٨٧٠٨٢", "²²²²²²", "'; --"])
def test_what_is_no_code_is_refused(charlie: User, typed: str) -> None:
    enrol(charlie)

    assert second_step(show_password(charlie), typed).status_code in (200, 401)
    assert not Session.objects.exists()


def test_it_is_tried_so_often_and_no_more(charlie: User) -> None:
    secret, codes = enrol(charlie)
    for _ in range(settings.SECOND_FACTOR_TRIES):
        second_step(show_password(charlie), "000000")

    refused = [second_step(show_password(charlie), typed) for typed in (code(secret), codes[0])]

    assert [answer.status_code for answer in refused] == [401, 401]
    assert "Wait a quarter of an hour" in refused[0].content.decode()
    assert {*reasons()} == {"wrong code", "too many second factors tried"}


def test_the_right_password_does_not_give_tries_back(charlie: User) -> None:
    """Its own counter is not that of the password."""
    secret, _ = enrol(charlie)
    for _ in range(settings.SECOND_FACTOR_TRIES):
        second_step(show_password(charlie), "000000")
        show_password(charlie)

    assert second_step(show_password(charlie), code(secret)).status_code == 401


def test_who_learned_the_password_locks_nobody_out_of_where_they_signed_in_before(charlie: User) -> None:
    secret, _ = enrol(charlie)
    start_session(user=charlie, kind=SessionKind.BROWSER, strong_at=timezone.now())
    Session.objects.update(source_ip="192.0.2.7")
    for _ in range(settings.SECOND_FACTOR_TRIES + 1):
        second_step(show_password(charlie), "000000")
    browser = Client(REMOTE_ADDR="192.0.2.7")
    browser.post("/login", {"email": charlie.email, "password": cast.PASSWORD})

    assert second_step(browser, code(secret)).status_code == 302


def test_it_is_forgotten_after_ten_minutes(charlie: User) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        answer = second_step(browser, code(secret), next="/account")

    assert answer["Location"] == "/login?next=%2Faccount" and not Session.objects.exists()


def test_nor_does_a_signed_in_browser_remember_it_longer(charlie: User) -> None:
    """Whose session, and with it Django's, goes on."""
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))
    browser.post("/login", {"email": charlie.email, "password": cast.PASSWORD, "again": "1"})

    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        answer = second_step(browser, code(secret), again="1")

    assert answer["Location"].startswith("/login?")


@pytest.mark.parametrize("happen", [reset_password, disable_user])
def test_it_is_forgotten_when_what_was_shown_is_no_longer_so(charlie: User, ada: User, happen: object) -> None:
    secret, _ = enrol(charlie)
    browser = show_password(charlie)
    happen(actor=SYSTEM, user=charlie)  # type: ignore[operator]  # one of two verbs

    assert second_step(browser, code(secret))["Location"].startswith("/login?")


def test_who_never_showed_the_password_is_asked_for_it(charlie: User) -> None:
    secret, _ = enrol(charlie)

    assert second_step(Client(), code(secret))["Location"].startswith("/login?")
    assert not Session.objects.exists()


def test_a_temporary_password_leads_to_it_too(charlie: User) -> None:
    secret, _ = enrol(charlie)
    temporary = reset_password(actor=SYSTEM, user=charlie)
    browser = Client()
    answer = browser.post("/login", {"email": charlie.email, "password": temporary})

    assert answer["Location"].startswith("/login/second")
    second_step(browser, code(secret))
    assert browser.get("/account")["Location"].startswith("/password")


def test_a_password_gets_no_token_and_the_answer_says_what_to_do(charlie: User) -> None:
    ensure_built_in_clients()
    enrol(charlie)

    answer = ask(grantType="password", username=charlie.email, password="Correct-Horse-1")

    assert answer.status_code == 400 and answer.json()["details"] == "second_factor_needed"
    assert "browser" in answer.json()["message"] and "device code" in answer.json()["message"]
    assert not Session.objects.exists() and reasons() == ["second factor missing"]


def test_an_app_of_somebody_else_is_of_no_use(charlie: User, alice: User) -> None:
    enrol(charlie)
    secret, _ = enrol(alice)

    assert second_step(show_password(charlie), code(secret)).status_code == 401
    assert not Factor.objects.exclude(last_used_at=None).exists()
