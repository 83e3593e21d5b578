"""What of a request strangers choose: its address, headers, cookies and body, sent to a path that reads it."""

import json
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.test import Client
from hypothesis import strategies as some

from clustersync import tokenreview
from tests.attacks.edges import EDGES, Edge, as_json, tokens
from tests.attacks.rubbish import changed, edited, edited_text

OPENID = f"/auth/realms/{settings.REALM}/protocol/openid-connect"
FORM = "application/x-www-form-urlencoded"
COOKIES = 'sessionid=abc; csrftoken=a1b2c3; x="y"; __Host-z=1'
FORWARDED = "203.0.113.9, [2001:db8::1]:4711, for=unknown"
ASKED = {"response_type": "code", "client_id": "runai", "redirect_uri": "https://a.example.com/", "scope": "openid"}
REDEEMED = {"grant_type": "authorization_code", "code": "abc", "client_id": "runai-cli", "code_verifier": "x" * 43}
SIGNED_IN = {"grantType": "password", "username": "ada@example.com", "password": "x"}
REVIEW = {
    "apiVersion": "authentication.k8s.io/v1",
    "kind": "TokenReview",
    "spec": {"token": "a.b.c", "audiences": ["runai-gpu-1"]},
}


class Failed(Exception):
    """The server said that it failed."""


def send(
    method: str, path: str, body: bytes = b"", content_type: str = "", environ: dict[str, Any] | None = None
) -> None:
    answer = Client().generic(method, path, body, content_type, **(environ or {}))
    if answer.status_code >= 500:
        raise Failed(f"{method} {path}: {answer.status_code}")


def header(name: str, path: str) -> Any:
    return lambda value: send("GET", path, environ={name: as_server_gives_it(value)})


def as_server_gives_it(value: str) -> str:
    return value.encode().decode("latin-1").translate({10: None, 13: None, 0: None})


def asked(query: str) -> None:
    send("GET", f"{OPENID}/auth?{quote(query, safe='%&=+')}")


forms = some.one_of(edited(urlencode(REDEEMED).encode()), changed(REDEEMED).map(lambda one: json.dumps(one).encode()))
bodies = some.one_of(edited(json.dumps(SIGNED_IN).encode()), as_json(changed(SIGNED_IN)).map(str.encode))
languages = edited_text("de-AT,de;q=0.9,en;q=0.1,*;q=0")

DOORS: dict[str, Edge] = {
    "cookies": Edge(header("HTTP_COOKIE", "/login"), edited_text(COOKIES)),
    "bearer token": Edge(lambda raw: header("HTTP_AUTHORIZATION", "/api/v1/users")(f"Bearer {raw}"), tokens),
    "Authorization": Edge(
        header("HTTP_AUTHORIZATION", f"{OPENID}/userinfo"), edited_text("Basic cm9ibzpzZWNyZXQ=, Bearer x")
    ),
    "X-Forwarded-For": Edge(header("HTTP_X_FORWARDED_FOR", "/login"), edited_text(FORWARDED)),
    "Host": Edge(header("HTTP_HOST", "/login"), edited_text("identity.example.com:8443")),
    "Accept": Edge(header("HTTP_ACCEPT", "/api/v1/users"), edited_text("application/json;q=0.9, text/*;v=1")),
    "Accept-Language": Edge(header("HTTP_ACCEPT_LANGUAGE", "/login"), languages),
    "type of a body": Edge(
        lambda value: send("POST", "/api/v1/token", b"{}", as_server_gives_it(value)),
        edited_text("application/json; charset=utf-8; boundary=x"),
    ),
    "authorization request": Edge(asked, edited_text(urlencode(ASKED))),
    "form of the token endpoint": Edge(lambda body: send("POST", f"{OPENID}/token", body, FORM), forms),
    "form of the sign-in": Edge(
        lambda body: send("POST", "/login", body, FORM), edited(b"email=ada%40example.com&password=x&next=%2F")
    ),
    "JSON of the token API": Edge(lambda body: send("POST", "/api/v1/token", body, "application/json"), bodies),
    "TokenReview": Edge(tokenreview.parse, changed(REVIEW), (tokenreview.MalformedTokenReview,)),
}
PARSERS = {**EDGES, **DOORS}
