"""A relying party: what it sends to the provider, and what it reads in the answers."""

import base64
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt as pyjwt
from django.test import Client

from accounts.models import User
from tests.cast import PASSWORD
from tests.tokens.asking import CHALLENGE, SHOP_REDIRECT, SHOP_SECRET, VERIFIER, make_shop
from tests.tokens.asking import PROTOCOL as PROTOCOL
from tests.tokens.asking import userinfo as userinfo
from tokens.models import Application, Consent
from tokens.services.consents import remember

REALM = "/auth/realms/runai"
ISSUER = f"http://testserver{REALM}"
FORM = "application/x-www-form-urlencoded"
CALLBACK = SHOP_REDIRECT
SECRET = SHOP_SECRET
EVERY_SCOPE = ["openid", "email", "profile", "groups", "offline_access"]


def make_client(name: str = "shop", **fields: object) -> Application:
    """A web application of somebody else's, with a secret, for people: people are asked before it knows them."""
    every_grant = ["authorization_code", "refresh_token", "client_credentials"]
    return make_shop(**{"name": name, "grant_types": every_grant, **fields})


def make_public_client(name: str = "page", **fields: object) -> Application:
    return make_client(name, secret_hash="", client_type="public", token_endpoint_auth_method="none", **fields)


def allow(user: User, application: Application, *scopes: str) -> Consent:
    """The person was asked before, and agreed."""
    given = remember(user=user, application=application, scopes=scopes or EVERY_SCOPE)
    for audience in application.audiences:
        given = remember(user=user, application=application, scopes=(), audience=audience)
    return given


def request_of(application: Application, **params: Any) -> dict[str, Any]:
    """An ordinary authentication request; a parameter of None is left out."""
    body = {
        "response_type": "code",
        "client_id": application.client_id,
        "redirect_uri": application.redirect_uris.split()[0],
        "scope": "openid email profile groups",
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        **params,
    }
    return {name: value for name, value in body.items() if value is not None}


def authorize(browser: Client, application: Application, **params: Any) -> Any:
    return browser.get(f"{PROTOCOL}/auth", request_of(application, **params))


def destination(answer: Any) -> str:
    """Where the browser goes on to, by a redirect or from the page after a decision."""
    if answer.status_code == 200:
        return str(answer.context["to"])
    assert answer.status_code in (302, 303), answer.content
    return str(answer["Location"])


def landed(answer: Any) -> dict[str, str]:
    """The parameters with which the browser arrives at the redirect URI."""
    return dict(parse_qsl(urlsplit(destination(answer)).query, keep_blank_values=True))


def asks_to_sign_in(answer: Any) -> bool:
    return bool(answer.status_code == 303 and answer["Location"].startswith("/login?"))


def asks_for_consent(answer: Any) -> bool:
    return bool(answer.status_code == 200 and "request_token" in answer.context)


def decide(browser: Client, question: Any, decision: str = "allow") -> Any:
    """Press a button on the page that asks for consent."""
    to = f"{PROTOCOL}/auth/consent?{question.context['query']}"
    return browser.post(to, {"request_token": question.context["request_token"], "decision": decision})


def sign_in_again(browser: Client, sent: Any, user: User) -> Any:
    """Sign in on the page that an authorization request sent the browser to, and go on from there."""
    there = dict(parse_qsl(urlsplit(sent["Location"]).query))
    answer = browser.post(sent["Location"], {"email": user.email, "password": PASSWORD, "next": there["next"]})
    return browser.get(destination(answer))


def code_for(browser: Client, application: Application, **params: Any) -> str:
    return landed(authorize(browser, application, **params))["code"]


def basic(application: Application, secret: str = SECRET) -> dict[str, str]:
    pair = f"{application.client_id}:{secret}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def post(endpoint: str, application: Application | None, headers: Any = None, **body: Any) -> Any:
    """A form as this client sends it: with its secret in the header, or its name alone when it is public."""
    if headers is None and application is not None:
        headers = {} if application.is_public else basic(application)
        body = {"client_id": application.client_id, **body} if application.is_public else body
    sent = urlencode({name: value for name, value in body.items() if value is not None}, doseq=True)
    return Client().generic("POST", f"{PROTOCOL}/{endpoint}", sent, FORM, headers=headers)


def redeem(application: Application, code: str, **body: Any) -> Any:
    body = {"redirect_uri": application.redirect_uris.split()[0], "code_verifier": VERIFIER, **body}
    return post("token", application, grant_type="authorization_code", code=code, **body)


def tokens_for(browser: Client, application: Application, **params: Any) -> dict[str, Any]:
    answer = redeem(application, code_for(browser, application, **params))
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def refresh(application: Application, refresh_token: str, **body: Any) -> Any:
    return post("token", application, grant_type="refresh_token", refresh_token=refresh_token, **body)


def own_token(application: Application, **body: Any) -> str:
    answer = post("token", application, grant_type="client_credentials", **body)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["access_token"])


def is_honoured(access_token: str) -> bool:
    answer = userinfo(access_token)
    assert answer.status_code in (200, 401), answer.content
    return bool(answer.status_code == 200)


def introspect(application: Application, token: str, **body: Any) -> dict[str, Any]:
    answer = post("token/introspect", application, token=token, **body)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def revoke(application: Application, token: str, **body: Any) -> Any:
    return post("revoke", application, token=token, **body)


def claims_of(token: str, audience: str) -> dict[str, Any]:
    """What a token says, verified as a relying party does: with the published keys."""
    header = pyjwt.get_unverified_header(token)
    key = pyjwt.PyJWKSet.from_dict(Client().get(f"{PROTOCOL}/certs").json())[header["kid"]]
    return pyjwt.decode(token, key, algorithms=[header["alg"]], audience=audience, issuer=ISSUER)


def unverified(token: str) -> dict[str, Any]:
    """What a token says, also one of another time."""
    return pyjwt.decode(token, options={"verify_signature": False})


def metadata() -> dict[str, Any]:
    return dict(Client().get(f"{REALM}/.well-known/openid-configuration").json())
