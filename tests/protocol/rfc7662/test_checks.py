"""§4 lists what must be looked at before a token is called active."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from clustersync.models import Cluster
from tests.protocol.must import must
from tests.protocol.relying import introspect, refresh, revoke, tokens_for
from tokens import jwt
from tokens.models import Application


@pytest.fixture
def token(bobs: Client, shop: Application) -> str:
    return str(tokens_for(bobs, shop)["access_token"])


@must("§4", "whether it has expired")
def test_it_calls_an_expired_token_inactive(shop: Application, token: str) -> None:
    assert introspect(shop, token)["active"] is True

    with time_machine.travel(timezone.now() + settings.ACCESS_TOKEN_LIFETIME + timedelta(seconds=30)):
        assert introspect(shop, token) == {"active": False}


@must("§4", "whether its time has come")
def test_it_calls_a_token_of_the_future_inactive(shop: Application, token: str) -> None:
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        assert introspect(shop, token) == {"active": False}


@must("§4", "whether it was revoked")
def test_it_calls_a_revoked_token_inactive(shop: Application, token: str) -> None:
    revoke(shop, token)

    assert introspect(shop, token) == {"active": False}


@must("§4", "whether it was signed by this server")
def test_it_calls_a_token_with_another_signature_inactive(shop: Application, token: str) -> None:
    head, claims, signature = token.split(".")
    edited = ("A" if signature[0] != "A" else "B") + signature[1:]

    assert introspect(shop, f"{head}.{claims}.{edited}") == {"active": False}


@must("§4", "whether it may be used where it is asked about")
def test_it_calls_a_token_for_another_audience_inactive(other: Application, token: str) -> None:
    assert introspect(other, token) == {"active": False}


@must("§4", "an audience that was allowed to the asking server counts as its own")
def test_it_tells_a_server_of_tokens_for_its_audiences(
    bobs: Client, shop: Application, other: Application, prod: Cluster, researchers: object
) -> None:
    Application.objects.filter(pk=shop.pk).update(audiences=[prod.audience])
    Application.objects.filter(pk=other.pk).update(audiences=[prod.audience])
    shop.consents.update(audiences=[prod.audience])
    token = tokens_for(bobs, shop, resource=prod.audience)["access_token"]

    assert introspect(other, token)["active"] is True


@must("§4", "whether its owner may still have it")
def test_it_calls_the_token_of_a_disabled_user_inactive(bob: User, shop: Application, token: str) -> None:
    User.objects.filter(pk=bob.pk).update(enabled=False)

    assert introspect(shop, token) == {"active": False}


@must("§4", "whether the session behind it is still there")
def test_it_calls_the_token_of_an_ended_session_inactive(shop: Application, token: str) -> None:
    Session.objects.update(revoked_at=timezone.now())

    assert introspect(shop, token) == {"active": False}


@must("§4", "an ID token is no access token")
def test_it_calls_an_id_token_inactive(bobs: Client, shop: Application) -> None:
    assert introspect(shop, tokens_for(bobs, shop)["id_token"]) == {"active": False}


@must("§4", "a refresh token that was used up is inactive")
def test_it_calls_a_refresh_token_of_a_revoked_grant_inactive(bobs: Client, shop: Application) -> None:
    tokens = tokens_for(bobs, shop)
    revoke(shop, tokens["refresh_token"])

    assert introspect(shop, tokens["refresh_token"]) == {"active": False}
    assert refresh(shop, tokens["refresh_token"]).status_code == 400


@must("§4", "a token that was signed as something else is no access token")
def test_it_calls_a_logout_token_inactive(shop: Application) -> None:
    logout = jwt.sign(jwt.LogoutToken, {"sub": "somebody"}, audience="shop", lifetime=timedelta(minutes=2))

    assert introspect(shop, logout) == {"active": False}
