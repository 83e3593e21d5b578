"""Asking for tokens as clients do."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.http import HttpResponse
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from common.hashes import sha256_of
from tests import cast
from tokens.models import Application


def ask(**body: object) -> Any:
    return APIClient().post("/api/v1/token", body, format="json", REMOTE_ADDR="192.0.2.10")


def by_password(user: User, **more: object) -> dict[str, Any]:
    answer = ask(grantType="password", username=user.email, password=cast.PASSWORD, **more)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def by_secret(application: Application, **more: object) -> dict[str, Any]:
    answer = ask(grantType="client_credentials", clientID=application.client_id, clientSecret=cast.ROBO_SECRET, **more)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def by_refresh(token: str, **more: object) -> HttpResponse:
    answer: HttpResponse = ask(grantType="refresh_token", refreshToken=token, **more)
    return answer


def call_api(token: str) -> HttpResponse:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    answer: HttpResponse = client.get("/api/v1/me")
    return answer


PROTOCOL = "/auth/realms/runai/protocol/openid-connect"
VERIFIER = "verifier-" + "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SHOP_SECRET = "shop-secret-" + "s" * 40
SHOP_REDIRECT = "https://shop.example.com/callback"


def make_shop(**fields: Any) -> Application:
    """A web application of somebody else's, which signs people in by code."""
    registration = {
        "name": "shop",
        "secret_hash": sha256_of(SHOP_SECRET),
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "redirect_uris": SHOP_REDIRECT,
        **fields,
    }
    return Application.objects.create(client_id=registration["name"], **registration)


def signed_in(user: User) -> Client:
    browser = Client()
    answer = browser.post("/login", {"email": user.email, "password": cast.PASSWORD})
    assert answer.status_code == 302, answer.content
    return browser


def authorize(browser: Client, **instead: str) -> Any:
    asked = {
        "client_id": "shop",
        "response_type": "code",
        "redirect_uri": SHOP_REDIRECT,
        "scope": "openid email groups",
        "state": "state-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **instead,
    }
    return browser.get(f"{PROTOCOL}/auth", {name: value for name, value in asked.items() if value})


def code_in(answer: HttpResponse) -> str:
    """The code that an authorization response carries; empty when it carries none."""
    return parse_qs(urlsplit(answer.headers.get("Location", "")).query).get("code", [""])[0]


def post_form(path: str, **fields: object) -> Any:
    """To one of the OAuth endpoints, as the shop unless another client is named."""
    who = {} if "client_id" in fields else {"client_id": "shop", "client_secret": SHOP_SECRET}
    body = urlencode({**who, **fields})
    return Client().post(f"{PROTOCOL}/{path}", body, content_type="application/x-www-form-urlencoded")


def redeem(code: str, **instead: object) -> Any:
    asked = {"code": code, "redirect_uri": SHOP_REDIRECT, "code_verifier": VERIFIER, **instead}
    return post_form("token", grant_type="authorization_code", **asked)


def userinfo(token: str) -> Any:
    return Client().get(f"{PROTOCOL}/userinfo", headers={"Authorization": f"Bearer {token}"})
