import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Group, User
from tests.protocol.must import must
from tests.protocol.relying import FORM, PROTOCOL, claims_of, own_token, tokens_for, userinfo
from tokens.models import Application

USERINFO = f"{PROTOCOL}/userinfo"


@pytest.fixture
def token(bobs: Client, shop: Application) -> str:
    return str(tokens_for(bobs, shop)["access_token"])


@must("§5.3", "it answers GET and POST")
@must("§5.3.1", "the token comes as bearer")
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_it_answers_get_and_post(bob: User, token: str, method: str) -> None:
    answer = Client().generic(method, USERINFO, "", FORM, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 200
    assert answer.json()["sub"] == str(bob.pk)


@must("§5.3", "it takes access tokens and nothing else")
def test_it_refuses_an_id_token(bobs: Client, shop: Application) -> None:
    assert userinfo(tokens_for(bobs, shop)["id_token"]).status_code == 401


@must("§5.3.2", "sub is always there, and the same as in the ID token")
@pytest.mark.parametrize("scope", ["openid", "openid email profile groups"])
def test_it_says_whose_token_it_is(bobs: Client, shop: Application, scope: str) -> None:
    tokens = tokens_for(bobs, shop, scope=scope)

    assert userinfo(tokens["access_token"]).json()["sub"] == claims_of(tokens["id_token"], "shop")["sub"]


@must("§5.3.2", "the answer is a JSON object, and says so")
def test_it_answers_json(token: str) -> None:
    answer = userinfo(token)

    assert answer["Content-Type"].split(";")[0] == "application/json"
    assert isinstance(answer.json(), dict)


@must("§5.3.2", "a claim that isn't known is left out, not empty")
def test_it_leaves_out_what_it_does_not_know(bob: User, token: str) -> None:
    User.objects.filter(pk=bob.pk).update(first_name="", last_name="")

    said = userinfo(token).json()

    assert not {"uid", "gid", "supplementary_groups"} & said.keys()
    assert "groups" not in said
    assert None not in said.values()
    assert "" not in said.values()


@must("§5.1", "name is there for everybody, since relying parties such as Dex refuse a token without it")
def test_who_has_no_name_goes_by_the_address(bob: User, token: str) -> None:
    User.objects.filter(pk=bob.pk).update(first_name="", last_name="")

    assert userinfo(token).json()["name"] == "bob"


@must("§5.3.3", "without a token it is a 401 with a challenge for Bearer")
def test_it_asks_for_a_token() -> None:
    answer = Client().get(USERINFO)

    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@must("§5.3.3", "a bad token is an invalid_token")
@pytest.mark.parametrize("token", ["nonsense", "e30.e30.e30"])
def test_it_says_invalid_token(token: str) -> None:
    answer = userinfo(token)

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@must("§5.3", "a token without the scope openid isn't enough")
def test_it_wants_the_scope_openid(bobs: Client, shop: Application) -> None:
    answer = userinfo(tokens_for(bobs, shop, scope="email")["access_token"])

    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer["WWW-Authenticate"]


@must("§5.3", "it tells of people, and of no client")
def test_it_tells_nothing_of_an_application(shop: Application) -> None:
    assert userinfo(own_token(shop)).status_code in (401, 403)


@must("§5.3", "nothing is told over an unprotected connection")
def test_it_sends_a_plain_request_to_https(token: str, settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    assert userinfo(token).status_code == 301


@must("§5.4", "each scope gives the claims that belong to it")
@pytest.mark.parametrize(
    ("scope", "claims"),
    [
        ("openid", {"sub"}),
        ("openid email", {"sub", "email", "email_verified"}),
        ("openid profile", {"sub", "name", "preferred_username"}),
        ("openid groups", {"sub", "groups"}),
    ],
)
def test_it_tells_by_scope(bobs: Client, shop: Application, researchers: Group, scope: str, claims: set[str]) -> None:
    assert set(userinfo(tokens_for(bobs, shop, scope=scope)["access_token"]).json()) == claims


@must("§5.1", "claims have the types that are written down for them")
@must("§5.6", "they are normal claims")
def test_it_tells_claims_in_their_types(token: str, researchers: Group) -> None:
    said = userinfo(token).json()

    assert said["email_verified"] is True
    assert said["groups"] == ["researchers"]
    assert {type(said[name]) for name in ("sub", "name", "preferred_username", "email")} == {str}


@must("§5.3", "scripts of other sites may read it, with a token")
def test_it_answers_registered_origins(shop: Application, token: str) -> None:
    shop.allowed_origins = "https://shop.example"
    shop.save()

    answer = Client().get(USERINFO, headers={"Authorization": f"Bearer {token}", "Origin": "https://shop.example"})

    assert answer["Access-Control-Allow-Origin"] == "https://shop.example"
