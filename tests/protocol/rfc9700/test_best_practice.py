from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from accounts.models import User
from accounts.services.users import disable_user
from common.actors import SYSTEM
from common.errors import Invalid
from tests import cast
from tests.protocol.must import must
from tests.protocol.relying import (
    FORM,
    ISSUER,
    PROTOCOL,
    allow,
    authorize,
    claims_of,
    code_for,
    landed,
    make_client,
    metadata,
    redeem,
    refresh,
    tokens_for,
    unverified,
)
from tests.tokens.asking import call_api
from tokens.client_metadata import Registration, revised
from tokens.models import Application, Grant
from tokens.services.applications import register_client


@must("§2.1", "redirect URIs are compared exactly")
@must("§4.1.3", "a redirect URI matches as a string, or not at all")
@pytest.mark.parametrize("added", ["/", "?x", "#", "/../callback", "%2e", ":443", "@evil.test"])
def test_it_compares_redirect_uris_exactly(bobs: Client, shop: Application, added: str) -> None:
    assert authorize(bobs, shop, redirect_uri=shop.redirect_uris + added).status_code == 400


@must("§4.1.3", "no pattern can be registered")
def test_it_registers_no_pattern() -> None:
    with pytest.raises(Invalid, match="redirect_uris"):
        revised(Registration(), {"redirect_uris": ["https://*.example.com/callback"]})


@must("§2.1", "answers say who gives them, against mix-up")
@must("§4.4.2.1", "iss is in every authorization response")
def test_it_says_who_answers(bobs: Client, shop: Application) -> None:
    assert landed(authorize(bobs, shop))["iss"] == ISSUER


@must("§2.1.1", "PKCE is enforced")
@must("§2.1.1", "PKCE can't be taken out of a request without being noticed")
@must("§4.8.2", "a verifier without a challenge is refused")
def test_it_notices_a_challenge_that_was_taken_out(bobs: Client, bob: User) -> None:
    excused = make_client("excused", require_pkce=False)
    allow(bob, excused)
    code = code_for(bobs, excused, code_challenge=None, code_challenge_method=None)

    assert redeem(excused, code).json()["error"] == "invalid_grant"


PLAIN = {"code_challenge": None, "code_challenge_method": None}
NOTHING = {"nonce": None, **PLAIN}


@must("§2.1.1", "a client that proves itself may rely on the nonce of OpenID Connect instead of PKCE")
def test_it_takes_a_nonce_for_pkce_from_a_client_that_proves_itself(bobs: Client, shop: Application) -> None:
    answer = redeem(shop, code_for(bobs, shop, **PLAIN), code_verifier=None)

    assert claims_of(answer.json()["id_token"], shop.client_id)["nonce"] == "nonce-1"


@must("§2.1.1", "without PKCE and without such a nonce nobody gets a code")
@pytest.mark.parametrize("asked", [NOTHING, {**PLAIN, "nonce": ""}, {**PLAIN, "scope": "email"}])
def test_it_gives_no_code_that_nothing_binds(bobs: Client, shop: Application, asked: dict[str, Any]) -> None:
    assert landed(authorize(bobs, shop, **asked))["error"] == "invalid_request"


@must("§2.1.1", "public clients use PKCE, whatever else they send")
def test_it_takes_no_nonce_for_pkce_from_a_public_client(bobs: Client, page: Application) -> None:
    assert landed(authorize(bobs, page, **PLAIN))["error"] == "invalid_request"


@must("§2.1.1", "the metadata says which methods of PKCE there are")
@must("§2.6", "the server publishes its metadata")
def test_its_metadata_says_s256() -> None:
    assert metadata()["code_challenge_methods_supported"] == ["S256"]


@must("§2.1.2", "no access token is given in an authorization response")
@must("§4.3.2", "no token stands in an address")
@pytest.mark.parametrize("response_type", ["token", "id_token", "id_token token", "code token", "code id_token"])
def test_it_answers_with_no_token(bobs: Client, shop: Application, response_type: str) -> None:
    there = landed(authorize(bobs, shop, response_type=response_type))

    assert there["error"] == "unsupported_response_type"
    assert not {"access_token", "id_token", "code"} & set(there)


@must("§2.2.2", "refresh tokens of public clients are used once")
@must("§4.14.2", "a refresh token that was used before ends all that came of it")
def test_it_notices_a_refresh_token_that_is_used_again(bobs: Client, page: Application) -> None:
    first = tokens_for(bobs, page)
    second = refresh(page, first["refresh_token"]).json()
    third = refresh(page, second["refresh_token"]).json()

    again = refresh(page, first["refresh_token"])

    assert again.json()["error"] == "invalid_grant"
    assert refresh(page, third["refresh_token"]).json()["error"] == "invalid_grant"
    assert Grant.objects.get().revoked_at is not None


@must("§4.14.2", "a refresh token goes with the session, and with the person's right to be here")
@pytest.mark.parametrize("event", ["signed out", "disabled"])
def test_a_refresh_token_goes_with_the_person(bobs: Client, bob: User, shop: Application, event: str) -> None:
    token = tokens_for(bobs, shop)["refresh_token"]

    if event == "disabled":
        disable_user(actor=SYSTEM, user=bob)
    else:
        bobs.post("/logout")

    assert refresh(shop, token).json()["error"] == "invalid_grant"


@must("§2.3", "an access token is for one audience, and says no more than was asked")
def test_a_token_is_for_its_client_and_scope(bobs: Client, shop: Application) -> None:
    token = tokens_for(bobs, shop, scope="openid")["access_token"]
    claims = unverified(token)

    assert (claims["aud"], claims["scope"]) == ("shop", "openid")
    assert not {"email", "groups", "name"} & set(claims)
    assert call_api(token).status_code == 401


@must("§2.4", "the password grant is not used")
def test_the_oauth_endpoint_takes_no_password(bob: User) -> None:
    asked = f"grant_type=password&client_id=runai&username={bob.email}&password={cast.PASSWORD}"

    answer: Any = Client().post(f"{PROTOCOL}/token", asked, FORM)

    assert answer.json()["error"] == "unsupported_grant_type"


@must("§2.5", "clients can authenticate with a key instead of a shared secret")
def test_it_offers_keys() -> None:
    assert "private_key_jwt" in metadata()["token_endpoint_auth_methods_supported"]


@must("§4.2.4", "addresses of the sign-in do not leak by the Referer")
def test_it_sends_no_referrer(bobs: Client, shop: Application) -> None:
    assert authorize(bobs, shop)["Referrer-Policy"] == "no-referrer"
    assert Client().get("/login")["Referrer-Policy"] == "same-origin"


@must("§4.2.4", "the pages load nothing of others")
@must("§4.16", "the pages can't be framed")
def test_its_pages_are_its_own(bobs: Client) -> None:
    policy = authorize(bobs, make_client("new"))["Content-Security-Policy"]

    assert "frame-ancestors 'none'" in policy and "default-src 'none'" in policy
    assert "http" not in policy


@must("§4.5.3", "a code is used once, by its client")
def test_a_stolen_code_is_worth_nothing(bobs: Client, shop: Application, other: Application) -> None:
    code = code_for(bobs, shop)

    assert redeem(other, code).status_code == 400
    assert redeem(shop, code).status_code == 200
    assert redeem(shop, code).status_code == 400


@must("§4.11.2", "people are asked to sign in before they are sent anywhere, and nowhere unregistered")
def test_it_is_no_open_redirector(shop: Application) -> None:
    stranger = authorize(Client(), shop)
    evil = authorize(Client(), shop, redirect_uri="https://evil.test/")

    assert stranger["Location"].startswith("/login?")
    assert (evil.status_code, "Location" in evil.headers) == (400, False)


@must("§4.12", "browsers are sent on by 303, and never repeat a form")
def test_it_sends_browsers_on_by_303(bobs: Client, shop: Application) -> None:
    assert authorize(bobs, shop).status_code == 303


@must("§4.15.1", "a client can't be taken for a person")
def test_no_client_has_the_id_of_a_person(bob: User) -> None:
    with pytest.raises(Invalid):
        register_client(actor=SYSTEM, name=f"a{str(bob.pk)[1:]}", registration={})


@must("§4.13", "what a proxy says of the caller counts only when it is a trusted one")
def test_it_believes_no_stranger_about_addresses(bob: User) -> None:
    Client().post("/login", {"email": bob.email, "password": cast.PASSWORD}, headers={"X-Forwarded-For": "203.0.113.9"})

    assert bob.sessions.get().source_ip == "127.0.0.1"


@must("§2", "the toolkit's own checks of this practice are satisfied, none silenced")
def test_the_deploy_checks_find_nothing(settings: Any) -> None:
    switches = {name: on for name, on in settings.OAUTH2_PROVIDER.items() if name.startswith("COMPLIANT_BCP_")}

    found = [message for message in run_checks(include_deployment_checks=True) if message.id]

    assert len(switches) == 10 and all(switches.values())
    assert [message for message in found if str(message.id).startswith("oauth2_provider.")] == []
    assert settings.SILENCED_SYSTEM_CHECKS == []
