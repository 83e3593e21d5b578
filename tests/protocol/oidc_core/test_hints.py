from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import User
from tests.conftest import BrowserAs
from tests.protocol.must import must
from tests.protocol.relying import (
    allow,
    asks_to_sign_in,
    authorize,
    landed,
    sign_in_again,
    tokens_for,
)
from tokens import jwt
from tokens.models import Application


@pytest.fixture
def bobs_id_token(bobs: Client, shop: Application) -> str:
    return str(tokens_for(bobs, shop)["id_token"])


@pytest.fixture
def charlies(charlie: User, shop: Application, browser_as: BrowserAs) -> Client:
    allow(charlie, shop)
    return browser_as(charlie)


@must("§3.1.2.1", "an id_token_hint of whoever is signed in is answered")
def test_it_goes_on_when_the_hint_is_of_this_person(bobs: Client, shop: Application, bobs_id_token: str) -> None:
    assert "code" in landed(authorize(bobs, shop, id_token_hint=bobs_id_token, prompt="none"))


@must("§3.1.2.2", "no token is given for another person than the one hinted at")
def test_it_gives_nothing_for_another_person(charlies: Client, shop: Application, bobs_id_token: str) -> None:
    assert asks_to_sign_in(authorize(charlies, shop, id_token_hint=bobs_id_token))


@must("§3.1.2.1", "another person than the one hinted at and prompt=none: login_required")
def test_it_says_login_required_for_another_person(charlies: Client, shop: Application, bobs_id_token: str) -> None:
    said = landed(authorize(charlies, shop, id_token_hint=bobs_id_token, prompt="none"))

    assert said["error"] == "login_required"


@must("§3.1.2.2", "whoever signs in as somebody else than the one hinted at gets no code")
def test_it_gives_nothing_to_who_signs_in_as_another(
    charlie: User, charlies: Client, shop: Application, bobs_id_token: str
) -> None:
    sent = authorize(charlies, shop, id_token_hint=bobs_id_token)

    answer = sign_in_again(charlies, sent, charlie)

    assert "code=" not in answer.get("Location", "")


@must("§3.1.2.2", "an id_token_hint that this server didn't issue is refused")
@pytest.mark.parametrize("hint", ["nonsense", "e30.e30.", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ."])
def test_it_refuses_a_hint_of_another_issuer(bobs: Client, shop: Application, hint: str) -> None:
    assert landed(authorize(bobs, shop, id_token_hint=hint, prompt="none"))["error"] in (
        "invalid_request",
        "login_required",
    )


@must("§3.1.2.2", "an access token is no hint")
def test_it_takes_no_other_token_for_a_hint(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    assert "error" in landed(authorize(bobs, shop, id_token_hint=token, prompt="none"))


@must("§3.1.2.2", "an id_token_hint may have expired")
def test_it_takes_an_expired_hint(bobs: Client, shop: Application, bob: User) -> None:
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        old = jwt.sign(jwt.IDToken, {"sub": str(bob.pk)}, audience="shop", lifetime=timedelta(minutes=5))

    assert "code" in landed(authorize(bobs, shop, id_token_hint=old))


@must("§3.1.2.1", "the server need not be an audience of the hint, nor the client")
def test_it_takes_the_hint_of_another_client(bobs: Client, other: Application, bobs_id_token: str) -> None:
    assert "code" in landed(authorize(bobs, other, id_token_hint=bobs_id_token))


@must("§3.1.2.1", "a login_hint is passed to the sign-in page, and decides nothing")
def test_it_fills_in_the_login_hint(shop: Application) -> None:
    sent = authorize(Client(), shop, login_hint="bob@example.com")

    assert b'value="bob@example.com"' in Client().get(sent["Location"]).content


@must("§3.1.2.1", "a login_hint for somebody else is no error")
def test_it_takes_any_login_hint(bobs: Client, shop: Application) -> None:
    assert "code" in landed(authorize(bobs, shop, login_hint="somebody@else.example"))


@must("§15.1", "ui_locales, claims_locales, display and acr_values do no harm, even with unknown values")
@pytest.mark.parametrize("name", ["ui_locales", "claims_locales", "display", "acr_values"])
@pytest.mark.parametrize("value", ["page", "tlh ru", "urn:nobody:knows"])
def test_it_takes_optional_parameters_that_it_does_not_use(
    bobs: Client, shop: Application, name: str, value: str
) -> None:
    assert "code" in landed(authorize(bobs, shop, **{name: value}))


@must("§5.5", "the parameter claims, which isn't supported, does no harm")
@pytest.mark.parametrize("claims", ['{"userinfo":{"email":null}}', '{"id_token":{"acr":null}}', "nonsense"])
def test_it_takes_a_claims_parameter_without_following_it(bobs: Client, shop: Application, claims: str) -> None:
    assert "code" in landed(authorize(bobs, shop, claims=claims))
