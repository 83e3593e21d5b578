import pytest
from django.test import Client

from accounts.models import User
from common.hashes import sha256_of
from tests.admin.test_applications import secret_in
from tests.conftest import BrowserAs
from tests.tokens.registering import make_token, register
from tokens.models import RegistrationToken

TOKENS = "/admin/tokens/registrationtoken/"


@pytest.fixture
def admin(ada: User, browser_as: BrowserAs) -> Client:
    return browser_as(ada)


def test_it_shows_a_new_token_once(admin: Client) -> None:
    answer = admin.post(f"{TOKENS}add/", {"note": "wiki team", "uses": 2, "days": 7})

    secret = secret_in(answer.content.decode())
    assert "no-store" in answer.headers["Cache-Control"]
    assert RegistrationToken.objects.get(note="wiki team").token_hash == sha256_of(secret)
    assert register(secret).status_code == 201


def test_it_lists_them_without_their_secret(admin: Client) -> None:
    secret = make_token(uses=3)

    page = admin.get(TOKENS).content.decode()

    assert "wiki team" in page
    assert secret not in page


@pytest.mark.parametrize(("field", "typed"), [("uses", "0"), ("uses", "1001"), ("days", "366"), ("note", "")])
def test_it_refuses_in_the_form(admin: Client, field: str, typed: str) -> None:
    page = admin.post(f"{TOKENS}add/", {"note": "wiki team", "uses": 1, "days": 7, field: typed}).content.decode()

    assert "errorlist" in page
    assert not RegistrationToken.objects.exists()


def test_it_deletes_after_asking(admin: Client) -> None:
    make_token()
    chosen = {"action": "delete_selected", "_selected_action": RegistrationToken.objects.get().pk}

    asked = admin.post(TOKENS, chosen).content.decode()
    left = RegistrationToken.objects.count()
    admin.post(TOKENS, {**chosen, "confirmed": "yes"})

    assert (left, "undone" in asked) == (1, True)
    assert not RegistrationToken.objects.exists()


def test_it_changes_none(admin: Client) -> None:
    make_token()
    token = RegistrationToken.objects.get()

    assert admin.post(f"{TOKENS}{token.pk}/change/", {"note": "mine"}).status_code == 403


def test_it_is_for_who_manages_applications(alice: User, browser_as: BrowserAs) -> None:
    make_token()
    browser = browser_as(alice)

    assert browser.get(f"{TOKENS}add/").status_code == 403
    assert "wiki team" not in browser.get(TOKENS).content.decode()
