"""`resource` says whom an access token is for. Ours are known by their audience."""

import pytest
from django.test import Client

from accounts.models import Group
from clustersync.models import Cluster
from tests.protocol.must import must
from tests.protocol.relying import authorize, claims_of, code_for, landed, post, redeem, refresh, tokens_for
from tokens.models import Application, Consent


@pytest.fixture
def shop(shop: Application, prod: Cluster, researchers: Group) -> Application:
    """It may ask for tokens for the cluster, and bob, by his group, has something there."""
    shop.audiences = [prod.audience]
    shop.save()
    Consent.objects.update(audiences=[prod.audience])
    return shop


@must("§2", "a resource that nobody knows is an invalid_target at the authorization endpoint")
def test_it_refuses_an_unknown_resource_when_authorizing(bobs: Client, shop: Application) -> None:
    assert landed(authorize(bobs, shop, resource="https://nobody.example/"))["error"] == "invalid_target"


@must("§2", "a resource that nobody knows is an invalid_target at the token endpoint")
def test_it_refuses_an_unknown_resource_when_redeeming(bobs: Client, shop: Application) -> None:
    answer = redeem(shop, code_for(bobs, shop), resource="https://nobody.example/")

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_target"


@must("§2", "a resource has no fragment")
@pytest.mark.parametrize("malformed", ["#part", "not a uri", "//", "http://[bad"])
def test_it_refuses_a_malformed_resource(bobs: Client, shop: Application, prod: Cluster, malformed: str) -> None:
    for resource in (malformed, f"{prod.audience}#part"):
        assert landed(authorize(bobs, shop, resource=resource))["error"] == "invalid_target"


@must("§2", "several resources at once are either all served or refused as invalid_target")
def test_it_refuses_two_resources_at_once(shop: Application, prod: Cluster) -> None:
    answer = post("token", shop, grant_type="client_credentials", resource=[prod.audience, "urn:runai:api"])

    assert answer.status_code == 400
    assert answer.json()["error"] in ("invalid_target", "invalid_request")


@must("§2.1", "the resource of the authorization request is that of the grant's tokens")
def test_it_gives_a_token_for_the_resource_that_was_authorized(bobs: Client, shop: Application, prod: Cluster) -> None:
    token = tokens_for(bobs, shop, resource=prod.audience)["access_token"]

    assert claims_of(token, prod.audience)["aud"] == prod.audience


@must("§2.2", "a token is for the resource that the token request names, and for nobody else")
def test_it_gives_a_token_for_the_resource_alone(bobs: Client, shop: Application, prod: Cluster) -> None:
    answer = redeem(shop, code_for(bobs, shop, resource=prod.audience), resource=prod.audience)

    assert claims_of(answer.json()["access_token"], prod.audience)["aud"] == prod.audience


@must("§2.2", "no token request reaches beyond the resource that was authorized")
def test_it_refuses_another_resource_than_the_authorized_one(bobs: Client, shop: Application, prod: Cluster) -> None:
    code = code_for(bobs, shop)

    answer = redeem(shop, code, resource="urn:runai:api")

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_target"


@must("§2.2", "a refresh may name a resource of its grant")
def test_it_refreshes_for_the_authorized_resource(bobs: Client, shop: Application, prod: Cluster) -> None:
    tokens = tokens_for(bobs, shop, resource=prod.audience)

    renewed = refresh(shop, tokens["refresh_token"], resource=prod.audience).json()

    assert claims_of(renewed["access_token"], prod.audience)["aud"] == prod.audience


@must("§2.2", "a refresh reaches no resource beyond its grant")
def test_it_refuses_to_refresh_for_another_resource(bobs: Client, shop: Application, prod: Cluster) -> None:
    tokens = tokens_for(bobs, shop, resource=prod.audience)

    answer = refresh(shop, tokens["refresh_token"], resource="urn:runai:api")

    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_target"


@must("§2", "a resource that the client may not ask for is an invalid_target")
def test_it_refuses_a_resource_that_is_not_the_clients(bobs: Client, other: Application, prod: Cluster) -> None:
    assert landed(authorize(bobs, other, resource=prod.audience))["error"] == "invalid_target"


@must("§2", "without a resource the token is for the client's default alone")
def test_it_gives_a_token_for_the_client_itself_by_default(bobs: Client, shop: Application) -> None:
    assert claims_of(tokens_for(bobs, shop)["access_token"], "shop")["aud"] == "shop"


@must("§3", "a token for one resource opens no other")
def test_it_opens_nothing_else_with_a_clusters_token(bobs: Client, shop: Application, prod: Cluster) -> None:
    token = tokens_for(bobs, shop, resource=prod.audience)["access_token"]

    assert Client().get("/api/v1/me", HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 401
