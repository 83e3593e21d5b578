import pytest
from django.test import Client

from tests.protocol.must import must
from tests.protocol.relying import authorize, code_for, landed, metadata, redeem
from tests.tokens.asking import CHALLENGE, VERIFIER
from tokens.models import Application, AuthorizationCode


@must("§4.2", "S256 is taken")
@must("§4.6", "the verifier is hashed, and compared with the challenge")
def test_it_takes_the_verifier_of_the_challenge(bobs: Client, shop: Application) -> None:
    assert redeem(shop, code_for(bobs, shop)).status_code == 200


@must("§4.3", "a challenge of another method is refused at once")
@must("§4.4.1", "a method that is not offered is invalid_request, and says so")
@pytest.mark.parametrize("method", ["plain", "S512", "s256", None])
def test_it_refuses_another_method(bobs: Client, shop: Application, method: str | None) -> None:
    there = landed(authorize(bobs, shop, code_challenge_method=method))

    assert there["error"] == "invalid_request"
    assert there["error_description"]


@must("§4.4.1", "where a challenge is required, a request without one is invalid_request")
def test_it_refuses_a_request_without_a_challenge(bobs: Client, shop: Application) -> None:
    there = landed(authorize(bobs, shop, nonce=None, code_challenge=None, code_challenge_method=None))

    assert there["error"] == "invalid_request"


@must("§4.4", "the challenge is kept with the code")
def test_it_keeps_the_challenge_with_the_code(bobs: Client, shop: Application) -> None:
    code_for(bobs, shop)

    assert AuthorizationCode.objects.get().code_challenge == CHALLENGE


@must("§4.5", "the verifier comes with the code")
@must("§4.6", "a verifier that is wrong or missing is refused, and nothing is given")
@pytest.mark.parametrize("verifier", [None, "wrong" * 10, CHALLENGE, VERIFIER + "x", VERIFIER[1:]])
def test_it_gives_nothing_for_another_verifier(bobs: Client, shop: Application, verifier: str | None) -> None:
    answer = redeem(shop, code_for(bobs, shop), code_verifier=verifier)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_request")


@must("§4.2", "a challenge has the 43 characters of a hash, or what the grammar allows")
@pytest.mark.parametrize("challenge", ["short", "x" * 129, "é" * 43, CHALLENGE[:-1] + "+"])
def test_it_refuses_what_is_no_challenge(bobs: Client, shop: Application, challenge: str) -> None:
    assert landed(authorize(bobs, shop, code_challenge=challenge))["error"] == "invalid_request"


@must("§7.2", "clients can't be made to fall back to plain")
def test_it_offers_s256_alone() -> None:
    assert metadata()["code_challenge_methods_supported"] == ["S256"]
