from django.test import Client

from tests.protocol.must import must
from tests.protocol.relying import basic, is_honoured, make_client, post, refresh, revoke, tokens_for
from tokens.models import Application


@must("§2.1", "a confidential client proves itself first")
def test_it_refuses_a_wrong_secret(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    answer = post("revoke", shop, basic(shop, "wrong"), token=token)

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert is_honoured(token)


@must("§2.1", "a confidential client's name alone is not enough")
def test_it_refuses_a_confidential_client_without_its_secret(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    answer = post("revoke", None, client_id=shop.client_id, token=token)

    assert answer.status_code == 401
    assert is_honoured(token)


@must("§2.1", "nobody at all revokes nothing")
def test_it_refuses_whoever_names_no_client(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    assert post("revoke", None, token=token).status_code == 401
    assert is_honoured(token)


@must("§2.1", "a token is revoked only by the client it was given to")
def test_it_revokes_nothing_for_another_client(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop)
    other = make_client("other")

    revoke(other, tokens["access_token"])
    revoke(other, tokens["refresh_token"])

    assert is_honoured(tokens["access_token"])
    assert refresh(shop, tokens["refresh_token"]).status_code == 200


@must("§2.1", "a client that asks for another's token is told that it was refused")
def test_it_says_that_another_clients_token_was_not_revoked(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["refresh_token"]

    answer = revoke(make_client("other"), token)

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_grant", "invalid_request", "unauthorized_client")
