"""One password however a keyboard composes it (RFC 8265 §4.2)."""

import unicodedata
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, make_password
from django.test import Client

from accounts.models import User
from accounts.services.passwords import set_password
from tests.keys import plant_keys
from tests.tokens.asking import ask
from tokens.services.clients import ensure_built_in_clients

COMPOSED = "P\u00e4ssw\u00f6rt-mit-\u00c5ngstr\u00f6m 1"
FORMS = {
    "NFC": COMPOSED,
    "NFD": unicodedata.normalize("NFD", COMPOSED),
    "the Angstrom sign": COMPOSED.replace("\u00c5", "\u212b"),
    "a no-break space": COMPOSED.replace(" ", "\u00a0"),
    "an ideographic space": COMPOSED.replace(" ", "\u3000"),
}
OTHERS = {
    "without accents": "Passwort-mit-Angstrom 1",
    "without the space": COMPOSED.replace(" ", ""),
    "full-width digit": COMPOSED.replace("1", "\uff11"),
    "in another case": COMPOSED.lower(),
    "with a space behind it": f"{COMPOSED} ",
}


@pytest.fixture
def alice(alice: User) -> User:
    plant_keys()
    ensure_built_in_clients()
    return alice


def signs_in(password: str) -> dict[str, bool]:
    page = Client().post("/login", {"email": "alice@example.com", "password": password})
    answer = ask(grantType="password", username="alice@example.com", password=password)
    return {"the page": page.status_code == 302, "the API": answer.status_code == 200}


@pytest.mark.parametrize("set_as", FORMS.values(), ids=list(FORMS))
@pytest.mark.parametrize("typed", FORMS.values(), ids=list(FORMS))
def test_it_signs_in_in_whatever_form_it_is_typed(alice: User, set_as: str, typed: str) -> None:
    set_password(alice, set_as, must_change=False, by=alice)

    assert signs_in(typed) == {"the page": True, "the API": True}


@pytest.mark.parametrize("typed", OTHERS.values(), ids=list(OTHERS))
def test_it_takes_no_other_password_for_it(alice: User, typed: str) -> None:
    set_password(alice, COMPOSED, must_change=False, by=alice)

    assert signs_in(typed) == {"the page": False, "the API": False}


def test_the_other_form_is_no_new_password(alice: User, client: Client) -> None:
    set_password(alice, FORMS["NFC"], must_change=False, by=alice)
    client.post("/login", {"email": alice.email, "password": FORMS["NFC"]})
    new = {"new": FORMS["NFD"], "again": FORMS["NFD"]}

    page: Any = client.post("/password", {"current": FORMS["NFC"], **new})

    assert "The new password is the old one." in page.content.decode()


def test_argon2_hashes_the_normalised_form(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["accounts.hashers.Argon2idHasher"]

    encoded = make_password(FORMS["NFD"])

    assert encoded.startswith("argon2$argon2id$")
    assert check_password(FORMS["NFC"], encoded) and not check_password("another", encoded)
