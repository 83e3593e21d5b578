import time
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from tests.protocol.must import must
from tests.protocol.relying import (
    asks_for_consent,
    asks_to_sign_in,
    authorize,
    claims_of,
    decide,
    landed,
    redeem,
    sign_in_again,
)
from tokens.models import Application, Consent


@must("§3.1.2.1", "with prompt=none no page is shown to whoever isn't signed in: login_required")
@must("§3.1.2.3", "with prompt=none nobody is asked to sign in")
def test_it_shows_no_sign_in_page_for_prompt_none(shop: Application) -> None:
    said = landed(authorize(Client(), shop, prompt="none"))

    assert (said["error"], said["state"]) == ("login_required", "state-1")


@must("§3.1.2.1", "with prompt=none no consent is asked for: consent_required")
def test_it_shows_no_consent_page_for_prompt_none(bobs: Client, shop: Application) -> None:
    Consent.objects.all().delete()

    assert landed(authorize(bobs, shop, prompt="none"))["error"] == "consent_required"


@must("§3.1.2.1", "with prompt=none, whoever is signed in and agreed goes through")
def test_it_answers_prompt_none_silently(bobs: Client, shop: Application) -> None:
    assert "code" in landed(authorize(bobs, shop, prompt="none"))


@must("§3.1.2.1", "none goes with no other prompt")
@pytest.mark.parametrize("prompt", ["none login", "consent none"])
def test_it_refuses_none_with_another_prompt(bobs: Client, shop: Application, prompt: str) -> None:
    assert landed(authorize(bobs, shop, prompt=prompt))["error"] == "invalid_request"


@must("§3.1.2.3", "with prompt=login a person who is signed in signs in again")
def test_it_asks_for_the_password_again_for_prompt_login(bobs: Client, shop: Application) -> None:
    assert asks_to_sign_in(authorize(bobs, shop, prompt="login"))


@must("§3.1.2.3", "having signed in again, the person goes on, with a new auth_time")
def test_it_goes_on_after_signing_in_again(bob: User, bobs: Client, shop: Application) -> None:
    with time_machine.travel(time.time() + 600) as clock:
        sent = authorize(bobs, shop, prompt="login")
        clock.shift(20)
        code = landed(sign_in_again(bobs, sent, bob))["code"]
        claims = claims_of(redeem(shop, code).json()["id_token"], "shop")

        assert claims["auth_time"] >= time.time() - 10


@must("§3.1.2.3", "going back to the request without signing in again is not enough")
def test_it_can_not_be_talked_out_of_prompt_login(bobs: Client, shop: Application) -> None:
    sent = authorize(bobs, shop, prompt="login")
    there = unquote(sent["Location"].partition("next=")[2])

    assert asks_to_sign_in(bobs.get(there))


@must("§3.1.2.1", "with prompt=consent a person who agreed before is asked again")
def test_it_asks_again_for_prompt_consent(bobs: Client, shop: Application) -> None:
    question = authorize(bobs, shop, prompt="consent")

    assert asks_for_consent(question)
    assert "code" in landed(decide(bobs, question))


@must("§3.1.2.1", "with prompt=select_account a person may choose another account")
def test_it_lets_the_person_choose_for_prompt_select_account(bobs: Client, shop: Application) -> None:
    assert asks_to_sign_in(authorize(bobs, shop, prompt="select_account"))


@must("§3.1.2.1", "a sign-in older than max_age has to be done again")
@must("§15.1", "max_age is supported")
def test_it_asks_for_the_password_again_when_the_sign_in_is_too_old(bobs: Client, shop: Application) -> None:
    with time_machine.travel(time.time() + 120):
        assert asks_to_sign_in(authorize(bobs, shop, max_age="60"))
        assert "code" in landed(authorize(bobs, shop, max_age="600"))


@must("§3.1.2.1", "a sign-in older than max_age and prompt=none: login_required")
def test_it_says_login_required_when_it_may_not_ask(bobs: Client, shop: Application) -> None:
    with time_machine.travel(time.time() + 120):
        assert landed(authorize(bobs, shop, max_age="60", prompt="none"))["error"] == "login_required"


@must("§3.1.2.1", "max_age=0 is the same as prompt=login")
def test_it_takes_max_age_0_for_prompt_login(bob: User, bobs: Client, shop: Application) -> None:
    with time_machine.travel(time.time() + 2):
        sent = authorize(bobs, shop, max_age="0")

        assert asks_to_sign_in(sent)
        assert "code" in landed(sign_in_again(bobs, sent, bob))


@must("§3.1.2.1", "a max_age that is no number is refused")
@pytest.mark.parametrize("max_age", ["-1", "soon", "1.5"])
def test_it_refuses_a_max_age_that_is_no_number(bobs: Client, shop: Application, max_age: str) -> None:
    assert landed(authorize(bobs, shop, max_age=max_age))["error"] == "invalid_request"


@must("§2", "auth_time stays when the person wasn't asked again")
@must("§15.1", "auth_time is supported")
def test_it_keeps_the_time_of_the_sign_in(bobs: Client, shop: Application) -> None:
    began = time.time()

    with time_machine.travel(began + 120):
        tokens = redeem(shop, landed(authorize(bobs, shop, max_age="600"))["code"]).json()
        claims = claims_of(tokens["id_token"], "shop")

    assert abs(claims["auth_time"] - began) < 5


@must("§15.1", "the values of prompt that mean nothing here do no harm")
def test_it_ignores_a_prompt_that_it_does_not_know(bobs: Client, shop: Application) -> None:
    assert "code" in landed(authorize(bobs, shop, prompt="sing"))


@must("§3.1.2.3", "having signed in for one request is not having signed in for another")
@pytest.mark.parametrize("asks", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "1"}])
def test_what_was_asked_at_is_good_for_its_own_request_alone(
    bob: User, bobs: Client, shop: Application, asks: dict[str, str]
) -> None:
    with time_machine.travel(time.time() + 600) as clock:
        sent = authorize(bobs, shop, **asks)
        clock.shift(20)
        sign_in_again(bobs, sent, bob)
        clock.shift(600)
        back = parse_qs(urlsplit(parse_qs(urlsplit(sent["Location"]).query)["next"][0]).query)

        assert asks_to_sign_in(authorize(bobs, shop, **asks, state="another", asked_at=back["asked_at"][0]))
