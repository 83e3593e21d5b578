"""§3.2, §4.3, §4.4, §5 and §6: the token endpoint and its answers."""

import pytest
from django.test import Client

from accounts.models import User
from tests import cast
from tests.protocol.must import must
from tests.protocol.relying import FORM, PROTOCOL, basic, post, refresh, tokens_for
from tokens.models import Application, Grant

GRANT = {"grant_type": "client_credentials"}


@must("§3.2", "the client uses POST")
def test_it_takes_no_get(shop: Application) -> None:
    assert Client().get(f"{PROTOCOL}/token", GRANT, headers=basic(shop)).status_code == 405


@must("§3.2", "a parameter without a value counts as left out, and one that is unknown is ignored")
def test_it_ignores_what_is_empty_or_unknown(shop: Application) -> None:
    assert post("token", shop, **GRANT, scope="", resource="", color="blue").status_code == 200


@must("§3.2", "no parameter stands there twice")
def test_it_refuses_what_stands_there_twice(shop: Application) -> None:
    answer = post("token", shop, grant_type=["client_credentials", "client_credentials"])

    assert answer.json()["error"] == "invalid_request"


@must("§4.4.3", "client credentials give no refresh token")
@must("§5.1", "access_token and token_type are there, expires_in is a number")
def test_it_gives_a_robot_an_access_token_and_no_more(shop: Application) -> None:
    answer = post("token", shop, **GRANT).json()

    assert set(answer) == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer["token_type"], type(answer["expires_in"])) == ("Bearer", int)


@must("§5.1", "answers with tokens are JSON, and nobody keeps them")
def test_nobody_keeps_its_answers(shop: Application) -> None:
    answer = post("token", shop, **GRANT)

    assert answer["Content-Type"].startswith("application/json")
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")


@must("§3.3", "the scope is said when it is another one than was asked for")
@must("§5.1", "the scope is said when it differs")
def test_it_says_which_scope_was_given(bobs: Client, shop: Application) -> None:
    assert tokens_for(bobs, shop, scope="email openid")["scope"] == "openid email"


@must("§5.2", "errors are 400, JSON and not kept")
@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials", "scope": 'every"thing'}, "invalid_scope"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"}, "unauthorized_client"),
    ],
)
def test_it_says_what_is_wrong(shop: Application, asked: dict[str, str], error: str) -> None:
    answer = post("token", shop, **asked)

    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert answer["Cache-Control"] == "no-store"
    assert answer.json()["error_description"].isascii()


@must("§5.2", "a client that tried the Authorization header is answered 401 with a challenge")
def test_it_challenges_a_client_with_a_wrong_secret(shop: Application) -> None:
    answer = post("token", None, basic(shop, "wrong"), **GRANT)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert answer["WWW-Authenticate"].startswith("Basic ")


@must("§6", "a refresh token is good for the client that it was given to")
@must("§10.4", "a refresh token is bound to its client, and that is checked")
def test_a_refresh_token_is_of_one_client(bobs: Client, shop: Application, other: Application) -> None:
    token = tokens_for(bobs, shop)["refresh_token"]

    assert refresh(other, token).json()["error"] == "invalid_grant"
    assert refresh(shop, token).status_code == 200


@must("§6", "a refresh gives no more scope than was granted, and the same when none is asked")
def test_a_refresh_gives_no_more_scope(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop, scope="openid email")

    assert refresh(shop, tokens["refresh_token"], scope="openid groups").json()["error"] == "invalid_scope"
    assert refresh(shop, tokens["refresh_token"]).json()["scope"] == "openid email"


@must("§6", "a confidential client authenticates to refresh")
def test_nobody_refreshes_by_name(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["refresh_token"]

    answer = post("token", None, client_id="shop", grant_type="refresh_token", refresh_token=token)

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@must("§10.4", "refresh tokens are kept confidential, and can't be made or guessed")
def test_the_database_holds_no_refresh_token(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["refresh_token"]

    _, secret, signature = token.split(".")
    stored = str(Grant.objects.values().get())
    assert secret not in stored and signature not in stored
    assert len(secret) == 43


@must("§4.3.2", "a password is validated, and can't be found by trying")
@must("§10.7", "the password grant is kept to where there is nothing else")
def test_it_counts_wrong_passwords(bob: User) -> None:
    asked = f"grant_type=password&username={bob.email}&password="
    wrong = [Client().post("/api/v2/token", asked + "wrong", FORM) for _ in range(10)]

    right = Client().post("/api/v2/token", asked + cast.PASSWORD, FORM)
    elsewhere = Client().post(f"{PROTOCOL}/token", asked + cast.PASSWORD, FORM)

    assert {answer.json()["error"] for answer in (*wrong, right)} == {"invalid_grant"}
    assert elsewhere.json()["error"] == "unsupported_grant_type"
