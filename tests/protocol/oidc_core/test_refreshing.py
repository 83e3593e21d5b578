import time

import pytest
import time_machine
from django.test import Client

from tests.protocol.must import must
from tests.protocol.relying import basic, make_client, post, refresh, tokens_for, unverified
from tokens.models import Application

LATER = 600


@pytest.fixture
def tokens(bobs: Client, shop: Application) -> dict[str, str]:
    return tokens_for(bobs, shop, max_age="3600")


@pytest.fixture
def renewed(shop: Application, tokens: dict[str, str]) -> dict[str, str]:
    with time_machine.travel(time.time() + LATER):
        return dict(refresh(shop, tokens["refresh_token"]).json())


@must("§12.1", "the client authenticates")
def test_it_refuses_a_wrong_secret(shop: Application, tokens: dict[str, str]) -> None:
    body = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    assert post("token", shop, basic(shop, "wrong"), **body).status_code == 401
    assert post("token", None, client_id="shop", **body).status_code == 401


@must("§12.1", "the refresh token is valid")
def test_it_refuses_a_refresh_token_that_it_never_gave(shop: Application, tokens: dict[str, str]) -> None:
    assert refresh(shop, tokens["refresh_token"] + "x").json()["error"] == "invalid_grant"


@must("§12.1", "the refresh token was given to this client")
def test_it_refuses_the_refresh_token_of_another_client(shop: Application, tokens: dict[str, str]) -> None:
    assert refresh(make_client("thief"), tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(shop, tokens["refresh_token"]).status_code == 200


@must("§12.2", "a refresh answers with tokens, and they aren't kept by caches")
def test_it_answers_with_tokens(shop: Application, tokens: dict[str, str]) -> None:
    answer = refresh(shop, tokens["refresh_token"])

    assert {"access_token", "token_type", "expires_in"} <= set(answer.json())
    assert answer["Cache-Control"] == "no-store"


@must("§12.2", "iss, sub, aud, azp, auth_time and sid of the new ID token are those of the first")
@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "azp", "auth_time", "sid"])
def test_it_keeps_who_and_when(tokens: dict[str, str], renewed: dict[str, str], claim: str) -> None:
    before, after = unverified(tokens["id_token"]), unverified(renewed["id_token"])

    assert after[claim] == before[claim]


@must("§12.2", "iat is the time of the new ID token")
def test_it_tells_the_new_time_of_issue(tokens: dict[str, str], renewed: dict[str, str]) -> None:
    before = unverified(tokens["id_token"])

    assert unverified(renewed["id_token"])["iat"] - before["iat"] in range(LATER, LATER + 10)


@must("§12.2", "the new ID token has no nonce, or the first one's")
def test_it_has_no_other_nonce(tokens: dict[str, str], renewed: dict[str, str]) -> None:
    assert unverified(renewed["id_token"]).get("nonce", "nonce-1") == "nonce-1"


@must("§12.3", "an error is a 400 of invalid_grant")
def test_it_answers_errors_as_oauth_does(shop: Application) -> None:
    answer = refresh(shop, "nonsense")

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"
