"""O03, O04 and O26: a code is worth something to the client that asked, from where it asked, for its PKCE verifier."""

import pytest
from django.test import Client

from accounts.models import User
from tests.tokens.asking import (
    CHALLENGE,
    SHOP_REDIRECT,
    SHOP_SECRET,
    VERIFIER,
    authorize,
    code_in,
    make_shop,
    redeem,
    signed_in,
)
from tokens.models import Application
from tokens.services.consents import remember


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


def error_in(answer: object) -> str:
    return str(answer.json()["error"])  # type: ignore[attr-defined]  # the test client's response


def test_o03_another_client_can_not_redeem_it(browser: Client) -> None:
    make_shop(name="other", redirect_uris=SHOP_REDIRECT)
    code = code_in(authorize(browser))

    stolen = redeem(code, client_id="other", client_secret=SHOP_SECRET)

    assert error_in(stolen) == "invalid_grant"
    assert redeem(code).status_code == 200


@pytest.mark.parametrize("edited", ["{0}x", "x{0}", "{0} ", "{0}\n", "", "*", "{0}.{0}"])
def test_o03_no_edited_code_is_redeemed(browser: Client, edited: str) -> None:
    code = code_in(authorize(browser))

    assert error_in(redeem(edited.format(code))) in ("invalid_grant", "invalid_request")


def test_o03_codes_of_two_sign_ins_can_not_be_swapped(browser: Client) -> None:
    theirs = code_in(authorize(browser, code_challenge=CHALLENGE[::-1]))

    assert error_in(redeem(theirs)) == "invalid_grant"


def test_o03_its_session_may_have_ended(browser: Client) -> None:
    code = code_in(authorize(browser))

    browser.post("/logout")

    assert error_in(redeem(code)) == "invalid_grant"


@pytest.mark.parametrize(
    "challenge",
    [
        {"code_challenge": "", "code_challenge_method": ""},
        {"code_challenge": "", "code_challenge_method": "S256"},
        {"code_challenge": VERIFIER, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE, "code_challenge_method": ""},
        {"code_challenge": CHALLENGE, "code_challenge_method": "s256"},
        {"code_challenge": CHALLENGE[:-1]},
        {"code_challenge": CHALLENGE[:-1] + "="},
        {"code_challenge": "x" * 129},
    ],
)
def test_o04_there_is_no_code_without_a_challenge(browser: Client, challenge: dict[str, str]) -> None:
    answer = authorize(browser, **challenge)

    assert code_in(answer) == ""
    assert "error=invalid_request" in answer.headers["Location"]


@pytest.mark.parametrize("verifier", ["", CHALLENGE, VERIFIER[:-1], VERIFIER.upper(), VERIFIER + "v"])
def test_o04_there_are_no_tokens_without_its_verifier(browser: Client, verifier: str) -> None:
    code = code_in(authorize(browser))

    assert error_in(redeem(code, code_verifier=verifier)) in ("invalid_grant", "invalid_request")


def test_o04_a_verifier_without_a_challenge_tells_of_a_downgrade(browser: Client, shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).update(require_pkce=False)
    code = code_in(authorize(browser, code_challenge="", code_challenge_method=""))

    assert error_in(redeem(code)) == "invalid_grant"


def test_o04_a_public_client_can_not_do_without(alice: User, browser: Client, shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).update(
        require_pkce=False, client_type="public", token_endpoint_auth_method="none", secret_hash=""
    )

    assert code_in(authorize(browser, code_challenge="", code_challenge_method="")) == ""
