"""People add, rename and remove their own second factors."""

import base64
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import Factor, Session, User
from accounts.models.sessions import SessionKind
from accounts.services.sessions import start_session
from audit.models import Event
from common.encryption import decrypt
from tests.accounts.factors import code, enrol, second_step, show_password
from tests.conftest import BrowserAs

LIST, ADD = "/account/second-factors", "/account/second-factors/app"


def begun(browser: Client) -> tuple[str, bytes]:
    """Open the page; return what its form carries, and the secret as it is typed into an app."""
    page = browser.get(ADD)
    enrolment = page.context["enrolment"]
    assert enrolment.key in page.content.decode() and "data:image/svg+xml" in page.content.decode()
    return enrolment.sealed, base64.b32decode(enrolment.key.replace(" ", ""))


def add(browser: Client, **instead: str) -> Any:
    sealed, secret = begun(browser)
    return browser.post(ADD, {"name": "Phone", "sealed": sealed, "code": code(secret), **instead})


def signed_in_with_it(user: User) -> tuple[Client, bytes]:
    secret, _ = enrol(user)
    browser = show_password(user)
    second_step(browser, code(secret))
    return browser, secret


def test_an_app_is_added_and_recovery_codes_are_shown_once(browser_as: BrowserAs, charlie: User) -> None:
    browser = browser_as(charlie)
    elsewhere = start_session(user=charlie, kind=SessionKind.DEVICE)

    page = add(browser)

    codes = re.findall(r"^(?:.*>)?((?:[a-z2-9]{4}-){3}[a-z2-9]{4})$", page.content.decode(), re.MULTILINE)
    assert len(codes) == 10 and "no-store" in page["Cache-Control"]
    charlie.refresh_from_db()
    elsewhere.refresh_from_db()
    assert charlie.second_factor_since is not None and elsewhere.revoked_because == "second factor added"
    assert browser.get(LIST).context["codes_left"] == 10
    assert Session.objects.get(kind="browser").amr == ["pwd", "otp", "mfa"]


def test_what_is_kept_is_no_secret(browser_as: BrowserAs, charlie: User) -> None:
    browser = browser_as(charlie)
    sealed, secret = begun(browser)
    page = browser.post(ADD, {"name": "Phone", "sealed": sealed, "code": code(secret)})

    stored = bytes(Factor.objects.get().secret_encrypted)
    assert secret not in stored and decrypt(stored) == secret
    digests = set(charlie.recovery_codes.values_list("digest", flat=True))
    assert len(digests) == 10 and not any(digest in page.content.decode() for digest in digests)
    assert not [event for event in Event.objects.all() if "-" in str(event.metadata.get("codes", ""))]


def test_a_wrong_code_keeps_the_key(browser_as: BrowserAs, charlie: User) -> None:
    browser = browser_as(charlie)
    sealed, secret = begun(browser)

    page = browser.post(ADD, {"name": "Phone", "sealed": sealed, "code": "000000"})

    assert page.status_code == 400 and not Factor.objects.exists()
    again = page.context["enrolment"].sealed
    assert browser.post(ADD, {"name": "Phone", "sealed": again, "code": code(secret)}).status_code == 200


def test_one_enrolment_adds_one_app(browser_as: BrowserAs, charlie: User) -> None:
    """Two of one secret would take each code twice."""
    browser = browser_as(charlie)
    sealed, secret = begun(browser)
    sent = {"name": "Phone", "sealed": sealed}
    browser.post(ADD, {**sent, "code": code(secret)})

    answer = browser.post(ADD, {**sent, "code": code(secret, steps=1)})

    assert answer["Location"] == LIST and Factor.objects.count() == 1


def test_nobody_confirms_what_somebody_else_began(browser_as: BrowserAs, charlie: User, alice: User) -> None:
    sealed, secret = begun(browser_as(alice))

    answer = browser_as(charlie).post(ADD, {"name": "x", "sealed": sealed, "code": code(secret)})

    assert answer["Location"] == ADD and not Factor.objects.exists()


@pytest.mark.parametrize("sealed", ["", "x", "x:y:z"])
def test_what_was_not_begun_here_is_begun_anew(browser_as: BrowserAs, charlie: User, sealed: str) -> None:
    answer = browser_as(charlie).post(ADD, {"name": "x", "sealed": sealed, "code": "123456"}, follow=True)

    assert answer.status_code == 200 and not Factor.objects.exists()


def test_they_are_renamed_and_removed(charlie: User) -> None:
    browser, _ = signed_in_with_it(charlie)
    factor = charlie.factors.get()

    browser.post(f"{LIST}/{factor.pk}/rename", {"name": "Old  phone"})
    assert "Old phone" in browser.get(LIST).content.decode()
    assert "last one" in browser.get(f"{LIST}/{factor.pk}/remove").content.decode()
    browser.post(f"{LIST}/{factor.pk}/remove")

    charlie.refresh_from_db()
    assert charlie.second_factor_since is None and not charlie.recovery_codes.exists()
    actions = [event.action for event in Event.objects.filter(action__startswith="user:factor").order_by("at")]
    assert actions == ["user:factor:add", "user:factor:rename", "user:factor:remove"]


@pytest.mark.parametrize("verb", ["rename", "remove"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_touches_those_of_somebody_else(
    browser_as: BrowserAs, charlie: User, alice: User, verb: str, method: str
) -> None:
    enrol(alice)
    browser = browser_as(charlie)

    for pk in (alice.factors.get().pk, uuid4()):
        assert getattr(browser, method)(f"{LIST}/{pk}/{verb}", {"name": "mine"}).status_code == 404

    assert alice.factors.get().name == "Phone"


def test_new_recovery_codes_replace_the_old_ones(charlie: User) -> None:
    secret, old = enrol(charlie)
    browser = show_password(charlie)
    second_step(browser, code(secret))

    page = browser.post(f"{LIST}/codes")

    new = page.context["codes"]
    assert second_step(show_password(charlie), old[0]).status_code == 401
    assert second_step(show_password(charlie), new[0]).status_code == 302


def test_without_a_second_factor_there_are_no_codes(browser_as: BrowserAs, charlie: User) -> None:
    page = browser_as(charlie).post(f"{LIST}/codes", follow=True)

    assert "Add a second factor first" in page.content.decode() and not charlie.recovery_codes.exists()


@pytest.mark.parametrize("path", [LIST, ADD, f"{LIST}/codes"])
def test_they_open_to_who_signed_in_a_moment_ago(browser_as: BrowserAs, charlie: User, path: str) -> None:
    browser = browser_as(charlie)

    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answers = [browser.get(path), browser.post(path, {"name": "x"})]

    assert all(answer["Location"].startswith("/login?again=1&next=%2Faccount") for answer in answers)
    assert not Factor.objects.exists()


@pytest.mark.parametrize("path", [ADD, f"{LIST}/codes"])
def test_no_other_site_sends_the_forms(charlie: User, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(charlie)

    assert browser.post(path, {"name": "x"}).status_code == 403


def test_there_is_an_end_to_them(browser_as: BrowserAs, charlie: User) -> None:
    browser = browser_as(charlie)
    for _ in range(11):
        answer = add(browser)

    assert Factor.objects.count() == 10 and answer["Location"] == LIST


def test_who_comes_from_a_directory_has_none_here(browser_as: BrowserAs, charlie: User) -> None:
    browser = browser_as(charlie)
    User.objects.update(is_local=False)

    assert "through an identity provider" in browser.get(LIST).content.decode()
    assert browser.get(ADD)["Location"] == LIST
