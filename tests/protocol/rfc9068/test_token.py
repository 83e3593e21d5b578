import time

import jwt as pyjwt
import pytest
import time_machine
from django.test import Client

from accounts.models import Group, User
from clustersync.models import Cluster
from common.errors import Invalid
from tests.protocol.must import must
from tests.protocol.relying import ISSUER, claims_of, metadata, own_token, refresh, tokens_for
from tokens.models import Application
from tokens.services.applications import register_client


@pytest.fixture
def token(bobs: Client, shop: Application) -> str:
    return str(tokens_for(bobs, shop)["access_token"])


@must("§2.1", "the token is signed, and never with none")
def test_it_signs_the_token(token: str) -> None:
    assert pyjwt.get_unverified_header(token)["alg"] == "RS256"
    assert token.split(".")[2]


@must("§2.1", "RS256 is among the algorithms")
def test_it_signs_with_rs256_unless_registered_otherwise(bobs: Client, shop: Application) -> None:
    assert "RS256" in metadata()["id_token_signing_alg_values_supported"]

    Application.objects.update(algorithm="ES256")

    assert pyjwt.get_unverified_header(tokens_for(bobs, shop)["access_token"])["alg"] == "ES256"


@must("§2.1", "the header says that it is an access token")
def test_it_has_the_type_of_an_access_token(token: str) -> None:
    assert pyjwt.get_unverified_header(token)["typ"] == "at+jwt"


@must("§2.2", "iss, exp, aud, sub, client_id, iat and jti are there")
@pytest.mark.parametrize("claim", ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"])
def test_it_has_every_required_claim(token: str, claim: str) -> None:
    assert claims_of(token, "shop")[claim]


@must("§2.2", "an application's own token has the same claims, and the application for its subject")
def test_it_has_every_required_claim_for_an_application(shop: Application) -> None:
    claims = claims_of(own_token(shop), "urn:runai:api")

    assert {"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} <= set(claims)
    assert claims["sub"] == claims["client_id"] == "shop"


@must("§2.2", "the claims mean what they mean: issuer, subject, client, times")
def test_it_says_who_when_and_by_whom(bob: User, token: str) -> None:
    claims = claims_of(token, "shop")

    assert (claims["iss"], claims["sub"], claims["client_id"]) == (ISSUER, str(bob.pk), "shop")
    assert claims["iat"] <= time.time() < claims["exp"]


@must("§2.2", "no two tokens have the same jti")
def test_it_gives_each_token_an_id_of_its_own(bobs: Client, shop: Application) -> None:
    ids = {claims_of(tokens_for(bobs, shop)["access_token"], "shop")["jti"] for _ in range(3)}

    assert len(ids) == 3


@must("§2.2.1", "how and when the person authenticated stays the same in all tokens of a grant")
def test_it_keeps_the_time_of_authentication_when_refreshed(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop)
    before = claims_of(tokens["access_token"], "shop")

    with time_machine.travel(time.time() + 600):
        after = claims_of(refresh(shop, tokens["refresh_token"]).json()["access_token"], "shop")

    assert after["iat"] > before["iat"]
    assert (after["auth_time"], after["amr"]) == (before["auth_time"], before["amr"])


@must("§2.2.3", "the scope that was asked for is told")
def test_it_tells_the_scope(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop, scope="openid email")["access_token"]

    assert set(claims_of(token, "shop")["scope"].split()) == {"openid", "email"}


@must("§2.2.3.1", "groups are told under the name that SCIM gave them")
def test_it_tells_groups_under_their_name(bobs: Client, shop: Application, researchers: Group) -> None:
    assert claims_of(tokens_for(bobs, shop)["access_token"], "shop")["groups"] == ["researchers"]


@must("§3", "the audience is the resource of the request")
def test_it_has_the_resource_as_audience(bobs: Client, shop: Application, prod: Cluster, researchers: Group) -> None:
    Application.objects.update(audiences=[prod.audience])
    shop.consents.update(audiences=[prod.audience])

    token = tokens_for(bobs, shop, resource=prod.audience)["access_token"]

    assert claims_of(token, prod.audience)["aud"] == prod.audience


@must("§3", "without a resource there is a default audience")
def test_it_has_a_default_audience(token: str) -> None:
    assert claims_of(token, "shop")["aud"] == "shop"


@must("§4", "the keys and the issuer are published, for whoever verifies")
def test_it_is_verified_with_the_published_keys(token: str) -> None:
    assert metadata()["issuer"] == claims_of(token, "shop")["iss"]


@must("§5", "no client affects the subject: none is named like a user")
def test_it_gives_no_application_the_id_of_a_user(bob: User, ada: User) -> None:

    with pytest.raises(Invalid):
        register_client(actor=ada, name=f"a{str(bob.pk)[1:]}", registration={})


@must("§5", "different resources have different audiences")
def test_it_tells_the_control_plane_clusters_and_clients_apart(token: str, shop: Application, prod: Cluster) -> None:
    own = pyjwt.decode(own_token(shop), options={"verify_signature": False})

    assert len({"shop", own["aud"], prod.audience}) == 3
