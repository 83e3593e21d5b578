"""Clients of every kind by the administration API: what is sent is what is kept, answered and in force."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import Event
from common.actors import SYSTEM
from common.errors import Conflict, Forbidden, NotFound
from tests import cast
from tests.conftest import APIAs
from tests.tokens.asking import SHOP_REDIRECT, SHOP_SECRET, ask, make_shop, post_form
from tests.tokens.registering import ec_jwk, public
from tokens.models import Application
from tokens.services.applications import delete_application, register_client, rotate_secret, update_registration

APPS = "/api/v1/apps"
SHOP = {
    "displayName": "The Shop",
    "clientType": "confidential",
    "applicationType": "web",
    "tokenEndpointAuthMethod": "client_secret_post",
    "jwks": None,
    "grantTypes": ["authorization_code", "refresh_token"],
    "redirectUris": [SHOP_REDIRECT, "https://shop.example.com/2"],
    "postLogoutRedirectUris": ["https://shop.example.com/bye"],
    "allowedOrigins": ["https://shop.example.com"],
    "scopes": ["openid", "email"],
    "audiences": ["urn:runai:api"],
    "requirePkce": False,
    "algorithm": "ES256",
    "accessTokenSeconds": 120,
    "backchannelLogoutUri": "https://shop.example.com/logout",
    "backchannelLogoutSessionRequired": False,
    "firstParty": True,
}


@pytest.fixture
def shop(db: None) -> Application:
    return make_shop()


def path_of(application: Application) -> str:
    return f"{APPS}/{application.pk}"


@pytest.mark.parametrize(("path", "secret"), [(APPS, "secret"), ("/api/v1/service-accounts", "clientSecret")])
def test_it_registers_what_was_sent(ada: User, api_as: APIAs, path: str, secret: str) -> None:
    answer = api_as(ada).post(path, {"name": "shop", **SHOP})

    made = answer.json()
    assert (answer.status_code, made.keys()) == (201, {"id", "name", "clientId", secret, *SHOP})
    shown = api_as(ada).get(f"{path}/{made['id']}").json()
    assert {name: shown[name] for name in SHOP} == SHOP
    assert {name: made[name] for name in SHOP} == SHOP


def test_a_public_client_gets_no_secret(ada: User, api_as: APIAs) -> None:
    made = api_as(ada).post(APPS, {"name": "shop", "clientType": "public", "redirectUris": [SHOP_REDIRECT]}).json()

    assert "secret" not in made
    assert (made["tokenEndpointAuthMethod"], made["grantTypes"]) == ("none", ["authorization_code", "refresh_token"])
    assert Application.objects.get(name="shop").secret_hash == ""


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"grantTypes": ["authorization_code"]}, "invalid_redirect_uri"),
        ({"redirectUris": ["http://shop.example.com/"]}, "invalid_redirect_uri"),
        ({"grantTypes": ["implicit"]}, "invalid_client_metadata"),
        ({"audiences": ["runai-nowhere-00000000"]}, "invalid_client_metadata"),
        ({"clientType": "public", "requirePkce": False, "redirectUris": [SHOP_REDIRECT]}, "invalid_client_metadata"),
        ({"redirectUris": SHOP_REDIRECT}, "invalid"),
        ({"jwks": []}, "invalid"),
    ],
)
def test_it_refuses_and_makes_nothing(ada: User, api_as: APIAs, sent: dict[str, object], code: str) -> None:
    answer = api_as(ada).post(APPS, {"name": "shop", **sent})

    assert (answer.status_code, answer.json()["details"]) == (400, code)
    assert not Application.objects.filter(name="shop").exists()


def test_it_changes_what_was_sent_and_nothing_else(ada: User, shop: Application, api_as: APIAs) -> None:
    before = api_as(ada).get(path_of(shop)).json()

    answer = api_as(ada).patch(path_of(shop), {"displayName": "Shop", "scopes": ["openid"], "enabled": False})

    changed = {"displayName": "Shop", "scopes": ["openid"], "enabled": False}
    after = api_as(ada).get(path_of(shop)).json()
    assert answer.json() == after
    assert after == before | changed | {"updatedAt": after["updatedAt"]}


def test_it_changes_all_or_nothing(ada: User, shop: Application, api_as: APIAs) -> None:
    answer = api_as(ada).patch(path_of(shop), {"enabled": False, "redirectUris": []})

    shop.refresh_from_db()
    assert (answer.status_code, answer.json()["details"]) == (400, "invalid_redirect_uri")
    assert shop.enabled


def test_it_wants_something_to_change(ada: User, shop: Application, api_as: APIAs) -> None:
    assert api_as(ada).patch(path_of(shop), {}).json()["details"] == "nothing_to_change"


@pytest.mark.parametrize(
    "changes",
    [
        {"clientType": "public", "grantTypes": ["authorization_code"]},
        {"tokenEndpointAuthMethod": "private_key_jwt", "jwks": {"keys": [public(ec_jwk())]}},
    ],
)
def test_it_forgets_a_secret_that_nobody_shows_any_more(
    ada: User, shop: Application, api_as: APIAs, changes: dict[str, Any]
) -> None:
    api_as(ada).patch(path_of(shop), {"grantTypes": ["client_credentials"]})
    assert post_form("token", grant_type="client_credentials").status_code == 200

    api_as(ada).patch(path_of(shop), changes)
    api_as(ada).patch(path_of(shop), {"tokenEndpointAuthMethod": "client_secret_basic"})

    shop.refresh_from_db()
    assert shop.secret_hash == ""
    for secret in (SHOP_SECRET, ""):
        refused = ask(grantType="client_credentials", clientID="shop", clientSecret=secret)
        assert refused.status_code in (400, 401)


def test_it_makes_no_secret_for_who_shows_none(ada: User, shop: Application, api_as: APIAs) -> None:
    api_as(ada).patch(path_of(shop), {"clientType": "public"})

    answer = api_as(ada).post(f"{path_of(shop)}/secret")

    assert (answer.status_code, answer.json()["details"]) == (409, "no_secret")


@pytest.mark.parametrize(
    ("client_id", "changes", "status"),
    [
        ("runai", {"redirectUris": ["https://ui.example.com/back"]}, 200),
        ("runai-cli", {"postLogoutRedirectUris": []}, 200),
        ("runai", {"backchannelLogoutUri": "https://ui.example.com/logout"}, 200),
        ("runai", {"enabled": False}, 200),
        ("remote-browser", {"enabled": False}, 200),
        ("runai", {"firstParty": False}, 409),
        ("runai-cli", {"grantTypes": ["authorization_code"]}, 409),
        ("runai", {"displayName": "Mine"}, 409),
        ("remote-browser", {"redirectUris": ["https://ui.example.com/back"]}, 409),
    ],
)
def test_of_what_comes_with_the_server_only_addresses_change(
    ada: User, api_as: APIAs, client_id: str, changes: dict[str, object], status: int
) -> None:
    built_in = Application.objects.get(client_id=client_id)

    answer = api_as(ada).patch(path_of(built_in), changes)

    assert answer.status_code == status
    shown = api_as(ada).get(path_of(built_in)).json()
    assert ({name: shown[name] for name in changes} == changes) is (status == 200)


def test_what_comes_with_the_server_stays(ada: User, api_as: APIAs) -> None:
    answer = api_as(ada).delete(path_of(Application.objects.get(client_id="runai")))

    assert (answer.status_code, answer.json()["details"]) == (409, "built_in")
    with pytest.raises(Conflict):
        delete_application(actor=SYSTEM, application=Application.objects.get(client_id="runai"))


def test_it_records_what_changed(ada: User, shop: Application) -> None:
    update_registration(actor=ada, application=shop, changes={"algorithm": "ES256", "scopes": shop.scopes})
    update_registration(actor=ada, application=shop, changes={"algorithm": "ES256"})

    (event,) = Event.objects.filter(action="application:update")
    assert (event.entity_name, event.subject, event.metadata) == ("shop", ada.email, {"algorithm": "ES256"})


def test_no_verb_trusts_that_somebody_else_has_asked(alice: User, shop: Application) -> None:
    with pytest.raises(Forbidden, match="You may not"):
        register_client(actor=alice, name="mine", registration={})
    with pytest.raises(Forbidden, match="You may not"):
        update_registration(actor=alice, application=shop, changes={"display_name": "Mine"})


def test_it_tells_who_comes_too_late(ada: User, shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).delete()

    with pytest.raises(NotFound, match="deleted meanwhile"):
        update_registration(actor=ada, application=shop, changes={"display_name": "Shop"})


def test_a_robot_manages_clients_too(robo: Application, shop: Application, tree: cast.Tree) -> None:
    cast.rule("app", "robo", "System administrator", tree.tenant)

    update_registration(actor=robo, application=shop, changes={"first_party": True})

    assert rotate_secret(actor=robo, application=shop)
