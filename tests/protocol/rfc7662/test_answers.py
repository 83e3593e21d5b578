import time

from django.test import Client

from accounts.models import User
from tests.protocol.must import must
from tests.protocol.relying import ISSUER, claims_of, introspect, own_token, post, tokens_for
from tokens.models import Application


@must("§2.2", "the answer is a JSON object with a boolean called active")
def test_it_answers_json_with_active(bobs: Client, shop: Application) -> None:
    answer = post("token/introspect", shop, token=tokens_for(bobs, shop)["access_token"])

    assert answer["Content-Type"].split(";")[0] == "application/json"
    assert answer.json()["active"] is True


@must("§2.2", "scope is one string of names with spaces between")
def test_it_tells_the_scope(bobs: Client, shop: Application) -> None:
    said = introspect(shop, tokens_for(bobs, shop, scope="openid email")["access_token"])

    assert sorted(said["scope"].split(" ")) == ["email", "openid"]


@must("§2.2", "times are whole seconds since 1970")
def test_it_tells_times_in_seconds(bobs: Client, shop: Application) -> None:
    said = introspect(shop, tokens_for(bobs, shop)["access_token"])

    assert {type(said[name]) for name in ("exp", "iat")} == {int}
    assert said["iat"] <= time.time() < said["exp"]


@must("§2.2", "the other members mean what they mean in the token")
def test_it_tells_what_the_token_says(bob: User, bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]
    inside = claims_of(token, "shop")

    said = introspect(shop, token)

    assert said["sub"] == str(bob.pk)
    assert (said["iss"], said["client_id"], said["aud"]) == (ISSUER, "shop", "shop")
    assert {name: said[name] for name in ("exp", "iat", "jti")} == {
        name: inside[name] for name in ("exp", "iat", "jti")
    }


@must("§2.2", "token_type is the type of an access token")
def test_it_tells_the_token_type(bobs: Client, shop: Application) -> None:
    assert introspect(shop, tokens_for(bobs, shop)["access_token"])["token_type"].lower() == "bearer"


@must("§2.2", "username is what people know the owner by")
def test_it_tells_the_username_as_a_string(bobs: Client, shop: Application) -> None:
    said = introspect(shop, tokens_for(bobs, shop)["access_token"])

    assert said.get("username", "bob@example.com") == "bob@example.com"


@must("§2.2", "a token that nobody issued is inactive, and no error")
def test_it_calls_nonsense_inactive(shop: Application) -> None:
    answer = post("token/introspect", shop, token="nobody-gave-this")

    assert answer.status_code == 200
    assert answer.json() == {"active": False}


@must("§2.2", "of an inactive token nothing else is told")
def test_it_tells_nothing_of_a_token_for_somebody_else(bobs: Client, shop: Application, other: Application) -> None:
    token = tokens_for(bobs, shop)["access_token"]

    assert introspect(other, token) == {"active": False}


@must("§2.2", "an application's own token is described too")
def test_it_tells_of_a_token_that_an_application_got_for_itself(shop: Application) -> None:
    said = introspect(shop, own_token(shop))

    assert said["active"] is True
    assert said["sub"] == said["client_id"] == "shop"


@must("§4", "the answer isn't kept by caches")
def test_it_forbids_caching(bobs: Client, shop: Application) -> None:
    answer = post("token/introspect", shop, token=tokens_for(bobs, shop)["access_token"])

    assert "no-store" in answer["Cache-Control"]
