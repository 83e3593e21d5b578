from django.test import Client
from pytest_django import Settings

from tests.protocol.must import must
from tests.protocol.relying import (
    PROTOCOL,
    introspect,
    is_honoured,
    make_public_client,
    post,
    refresh,
    revoke,
    tokens_for,
)
from tokens.models import Application


@must("§2", "a refresh token can be revoked")
def test_it_revokes_a_refresh_token(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop)

    answer = revoke(shop, tokens["refresh_token"], token_type_hint="refresh_token")

    assert answer.status_code == 200
    assert refresh(shop, tokens["refresh_token"]).json()["error"] == "invalid_grant"


@must("§2", "access tokens should be revocable too")
def test_it_revokes_an_access_token(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    answer = revoke(shop, token, token_type_hint="access_token")

    assert answer.status_code == 200
    assert not is_honoured(token)


@must("§2", "nothing is revoked over an unprotected connection")
def test_it_sends_a_plain_request_away_unread(bobs: Client, shop: Application, settings: Settings) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    settings.SECURE_SSL_REDIRECT = True
    answer = revoke(shop, token)
    settings.SECURE_SSL_REDIRECT = False

    assert answer.status_code == 301
    assert answer["Location"].startswith("https://")
    assert is_honoured(token)


@must("§2.1", "the parameter token is required")
def test_it_refuses_a_request_without_a_token(shop: Application) -> None:
    answer = post("revoke", shop)

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_request"


@must("§2.1", "the request is an HTTP POST of a form")
def test_it_takes_no_token_from_the_address(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    assert Client().get(f"{PROTOCOL}/revoke", {"token": token}).status_code == 405
    assert post(f"revoke?token={token}", shop).status_code == 400
    assert is_honoured(token)


@must("§2.1", "a hint that is wrong must not keep the token from being found")
def test_it_looks_further_when_the_hint_is_wrong(bobs: Client, shop: Application) -> None:
    first, second = tokens_for(bobs, shop), tokens_for(bobs, shop)

    revoke(shop, first["refresh_token"], token_type_hint="access_token")
    revoke(shop, second["access_token"], token_type_hint="refresh_token")

    assert refresh(shop, first["refresh_token"]).status_code == 400
    assert not is_honoured(second["access_token"])


@must("§2.2", "a hint that nobody knows changes nothing")
def test_it_ignores_an_unknown_hint(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["refresh_token"]

    answer = revoke(shop, token, token_type_hint="sealing_wax")

    assert answer.status_code == 200
    assert refresh(shop, token).status_code == 400


@must("§2.1", "revocation takes effect at once")
def test_it_is_inactive_at_once(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]
    assert introspect(shop, token)["active"] is True

    revoke(shop, token)

    assert introspect(shop, token) == {"active": False}


@must("§2.1", "with a refresh token go the access tokens of the same grant")
def test_it_ends_the_access_tokens_of_the_grant(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop)
    renewed = refresh(shop, tokens["refresh_token"]).json()

    revoke(shop, renewed["refresh_token"])

    assert not is_honoured(tokens["access_token"])
    assert not is_honoured(renewed["access_token"])


@must("§2.1", "another grant of the same client is left alone")
def test_it_leaves_other_grants_alone(bobs: Client, shop: Application) -> None:
    first, second = tokens_for(bobs, shop), tokens_for(bobs, shop)

    revoke(shop, first["refresh_token"])

    assert is_honoured(second["access_token"])
    assert refresh(shop, second["refresh_token"]).status_code == 200


@must("§2.2", "an invalid token is no error")
def test_it_answers_200_for_a_token_it_never_gave(shop: Application) -> None:
    assert revoke(shop, "nobody-gave-this").status_code == 200


@must("§2.2", "a token that is revoked already is no error")
def test_it_answers_200_the_second_time(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["refresh_token"]
    revoke(shop, token)

    assert revoke(shop, token).status_code == 200


@must("§2.2.1", "what the server can't revoke is refused as unsupported_token_type")
def test_it_says_that_it_revokes_no_token_of_an_application_itself(shop: Application) -> None:
    token = post("token", shop, grant_type="client_credentials").json()["access_token"]

    answer = revoke(shop, token)

    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_token_type"


@must("§2.1", "a public client revokes by its name alone")
def test_it_revokes_for_a_public_client(bobs: Client, page: Application) -> None:
    token = tokens_for(bobs, page)["refresh_token"]

    assert revoke(page, token).status_code == 200
    assert refresh(page, token).status_code == 400


@must("§5", "a public client's name revokes no token of another")
def test_it_revokes_nothing_by_the_name_of_another_public_client(bobs: Client, page: Application) -> None:
    token = tokens_for(bobs, page)["refresh_token"]

    revoke(make_public_client("other-page"), token)

    assert refresh(page, token).status_code == 200
