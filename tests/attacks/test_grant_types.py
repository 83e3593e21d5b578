"""A client gets tokens by the grant types that it is registered for, at every endpoint."""

from collections.abc import Callable
from itertools import combinations
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from rest_framework.test import APIClient

from tests.tokens.asking import PROTOCOL, SHOP_SECRET, ask, make_shop
from tests.tokens.registering import make_token
from tokens.models import Application
from tokens.models.applications import GrantType
from tokens.services.registration import register_dynamically

pytestmark = pytest.mark.usefixtures("keys")

OTHERS = (GrantType.AUTHORIZATION_CODE, GrantType.REFRESH_TOKEN, GrantType.DEVICE_CODE)
SUBSETS = [list(some) for size in range(4) for some in combinations(OTHERS, size)]
REFUSED = "This client is not registered for this grant type. An administrator can add it."


def form(path: str, client: str, secret: str) -> Any:
    body = urlencode({"grant_type": "client_credentials", "client_id": client, "client_secret": secret})
    return Client().post(path, body, content_type="application/x-www-form-urlencoded")


DOORS: dict[str, Callable[[str, str], Any]] = {
    "token": lambda client, secret: form(f"{PROTOCOL}/token", client, secret),
    "/api/v2/token": lambda client, secret: form("/api/v2/token", client, secret),
    "/api/v1/token": lambda client, secret: ask(grantType="client_credentials", clientID=client, clientSecret=secret),
    "/api/v1/token, app_token": lambda client, secret: ask(grantType="app_token", appID=client, appSecret=secret),
    "apptoken": lambda client, secret: APIClient().post(
        "/v1/k8s/auth/oauth/apptoken", {"id": client, "secret": secret}, format="json"
    ),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("others", SUBSETS)
def test_client_credentials_are_for_who_is_registered_for_them(others: list[str], door: str) -> None:
    make_shop(name="with", grant_types=[*others, GrantType.CLIENT_CREDENTIALS])
    make_shop(name="without", grant_types=others)

    given, refused = DOORS[door]("with", SHOP_SECRET), DOORS[door]("without", SHOP_SECRET)

    assert (given.status_code, refused.status_code) == (200, 400)
    said = refused.json()
    assert said.get("error_description", said.get("message")) == REFUSED
    assert said.get("error") in ("unauthorized_client", None)


@pytest.mark.parametrize("door", DOORS)
def test_none_are_for_a_client_that_registered_itself(door: str) -> None:
    wanted = {"display_name": "Team wiki", "redirect_uris": ["https://wiki.example.com/callback"]}
    client, secret = register_dynamically(token=make_token(), registration=wanted)

    assert DOORS[door](client.client_id, secret).status_code == 400


def test_a_client_without_a_secret_has_none() -> None:
    """No verb registers one; the database may hold it."""
    make_shop(name="open", client_type="public", token_endpoint_auth_method="none", grant_types=["client_credentials"])
    Application.objects.filter(name="open").update(secret_hash="")

    assert {send("open", secret).status_code for send in DOORS.values() for secret in ("", "x")} <= {400, 401}
