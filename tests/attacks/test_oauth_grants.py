"""O12, O13 and O14: no grant, no way to authenticate and no form of request but those that are offered."""

import base64
import time
import uuid
from typing import Any
from urllib.parse import urlencode

import jwt as pyjwt
import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from common.actors import SYSTEM
from common.errors import Invalid
from common.hashes import sha256_of
from tests import cast
from tests.protocol.oidc_core.assertions import assertion, key, make_signer, send
from tests.protocol.relying import ISSUER, PROTOCOL, metadata
from tests.tokens.asking import SHOP_SECRET, authorize, by_password, code_in, make_shop, post_form, redeem, signed_in
from tokens.models import Application, AuthorizationCode, SigningKey
from tokens.services.applications import register_client
from tokens.services.consents import remember


@pytest.fixture
def shop(keys: None) -> Application:
    return make_shop()


@pytest.fixture
def browser(alice: User, shop: Application) -> Client:
    remember(user=alice, application=shop, scopes=shop.scopes)
    return signed_in(alice)


@pytest.mark.parametrize(
    "response_type",
    [
        *("token", "TOKEN", " token", "id_token", "id_token token", "none"),
        *(f"code {other}" for other in ("token", "id_token", "id_token token", "code")),
        "token code",
    ],
)
@pytest.mark.parametrize("response_mode", ["", "fragment", "form_post"])
def test_o12_no_response_type_gives_a_token(browser: Client, response_type: str, response_mode: str) -> None:
    answer = authorize(browser, response_type=response_type, response_mode=response_mode, nonce="n")

    told = answer.headers.get("Location", "")
    assert not any(name in told for name in ("access_token=", "id_token=", "code=", "#"))
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("grant_type", ["password", "PASSWORD", "password ", "implicit", "urn:ietf:params:password"])
@pytest.mark.parametrize("client_id", ["shop", "cli", "runai", "runai-cli"])
def test_o12_no_grant_type_takes_a_password(alice: User, shop: Application, grant_type: str, client_id: str) -> None:
    shown = {"client_secret": SHOP_SECRET} if client_id == "shop" else {}

    answer = post_form(
        "token", grant_type=grant_type, username=alice.email, password=cast.PASSWORD, client_id=client_id, **shown
    )

    assert answer.json()["error"] == "unsupported_grant_type"


def test_o12_switched_on_it_is_for_our_own_clients_only(alice: User, shop: Application, settings: Settings) -> None:
    settings.OIDC_PASSWORD_GRANT_ENABLED = True
    asked = {"grant_type": "password", "username": alice.email, "password": cast.PASSWORD}

    assert post_form("token", **asked).json()["error"] == "unauthorized_client"
    assert post_form("token", client_id="cli", **asked).status_code == 200


@pytest.mark.parametrize(
    ("client_id", "offered", "error"),
    [
        ("shop", True, "unauthorized_client"),
        ("shop", False, "unsupported_grant_type"),
        ("cli", False, "unsupported_grant_type"),
    ],
)
def test_o12_in_the_platforms_form_neither(
    alice: User, shop: Application, settings: Settings, client_id: str, offered: bool, error: str
) -> None:
    settings.PASSWORD_GRANT_ENABLED = offered
    asked = {"grant_type": "password", "username": alice.email, "password": cast.PASSWORD, "client_id": client_id}
    shown = {"client_secret": SHOP_SECRET} if client_id == "shop" else {}

    answer = Client().post("/api/v2/token", urlencode({**asked, **shown}), "application/x-www-form-urlencoded")

    assert answer.json()["error"] == error


@pytest.mark.parametrize("grant_type", ["implicit", "password", "refresh", "Authorization_Code", "*", ""])
def test_o12_no_client_is_registered_for_another_grant(db: None, grant_type: str) -> None:
    with pytest.raises(Invalid):
        register_client(actor=SYSTEM, name="another", registration={"grant_types": [grant_type]})


def test_o12_what_stands_in_the_row_opens_no_grant(alice: User, shop: Application) -> None:
    Application.objects.filter(pk=shop.pk).update(grant_types=["password", "implicit"])

    by_the_password = post_form("token", grant_type="password", username=alice.email, password=cast.PASSWORD)

    assert by_the_password.json()["error"] == "unsupported_grant_type"
    assert "access_token" not in authorize(signed_in(alice), response_type="token").headers.get("Location", "")


def test_o12_neither_is_offered(keys: None) -> None:
    offered = metadata()

    assert offered["response_types_supported"] == ["code"]
    assert not {"implicit", "password"} & set(offered["grant_types_supported"])


@pytest.fixture
def signer(keys: None) -> Application:
    return make_signer()


@pytest.mark.parametrize("how", ["header", "body"])
def test_o13_a_secret_is_refused_of_a_client_with_a_key(signer: Application, how: str) -> None:
    Application.objects.filter(pk=signer.pk).update(secret_hash=sha256_of(SHOP_SECRET))
    body = {"grant_type": "client_credentials", "client_id": "signer"}
    if how == "body":
        answer = post_form("token", client_secret=SHOP_SECRET, **body)
    else:
        basic = base64.b64encode(f"signer:{SHOP_SECRET}".encode()).decode()
        answer = Client().post(f"{PROTOCOL}/token", body, headers={"Authorization": f"Basic {basic}"})

    assert answer.json()["error"] in ("invalid_client", "invalid_request")


def test_o13_an_assertion_is_refused_of_a_client_with_a_secret(signer: Application) -> None:
    Application.objects.filter(pk=signer.pk).update(
        token_endpoint_auth_method="client_secret_basic", secret_hash=sha256_of(SHOP_SECRET)
    )

    assert send(assertion()).json()["error"] == "invalid_client"


def forged(**header: Any) -> str:
    """Signed by a stranger, who says in the header where to find the key."""
    now = int(time.time())
    said = {"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": uuid.uuid4().hex, "iat": now, "exp": now + 60}
    return pyjwt.encode(said, key("stranger"), "RS256", headers=header)


def strangers_jwk() -> dict[str, Any]:
    return dict(pyjwt.algorithms.RSAAlgorithm.to_jwk(key("stranger").public_key(), as_dict=True))


DECOYS: dict[str, dict[str, Any]] = {
    "no kid": {},
    "the right kid": {"kid": "own"},
    "another kid": {"kid": "stranger"},
    "kid of a path": {"kid": "../../dev/null"},
    "jku": {"kid": "own", "jku": "https://evil.example.com/jwks"},
    "x5u": {"kid": "own", "x5u": "https://evil.example.com/cert"},
    "x5c": {"kid": "own", "x5c": ["MIIB"]},
    "crit": {"kid": "own", "crit": ["exp"]},
}


@pytest.mark.parametrize("decoy", DECOYS)
def test_o13_no_header_brings_a_key_along(signer: Application, decoy: str) -> None:
    assert send(forged(**DECOYS[decoy])).json()["error"] == "invalid_client"


def test_o13_nor_by_a_jwk_in_it(signer: Application) -> None:
    assert send(forged(kid="own", jwk=strangers_jwk())).json()["error"] == "invalid_client"


def test_o13_our_own_key_signs_for_no_client(signer: Application, alice: User) -> None:
    kid = SigningKey.objects.get(algorithm="RS256", state="active").pk

    assert send(by_password(alice)["accessToken"]).json()["error"] == "invalid_client"
    assert send(forged(kid=kid)).json()["error"] == "invalid_client"


@pytest.mark.parametrize(
    "audience",
    [
        "https://evil.example.com/token",
        [ISSUER, "https://evil.example.com"],
        *([], [""], {"aud": ISSUER}, [[ISSUER]], "", 1),
        f"{ISSUER}/",
        f"http://testserver{PROTOCOL}/token/",
        f"http://testserver{PROTOCOL}/auth",
        "runai",
    ],
)
def test_o13_its_audience_is_nobody_else(signer: Application, audience: object) -> None:
    assert send(assertion(aud=audience)).json()["error"] == "invalid_client"


def test_o13_it_is_good_once_at_all_endpoints_together(signer: Application) -> None:
    shown = assertion()
    asked = {"client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "token": "x"}

    first = post_form("token/introspect", client_id="signer", client_assertion=shown, **asked)

    assert first.status_code == 200
    assert send(shown).json()["error"] == "invalid_client"


@pytest.mark.parametrize("name", ["request", "request_uri"])
def test_o14_request_objects_are_refused(browser: Client, name: str) -> None:
    answer = authorize(browser, **{name: "https://evil.example.com/request.jwt"})

    assert f"error={name}_not_supported" in answer.headers["Location"]
    assert code_in(answer) == ""


def test_o14_nothing_in_a_request_object_counts(browser: Client) -> None:
    inside = {"redirect_uri": "https://evil.example.com/", "scope": "openid offline_access", "client_id": "shop"}
    unsigned = pyjwt.encode(inside, "", "none")

    answer = authorize(browser, request=unsigned)

    assert answer.headers["Location"].startswith("https://shop.example.com/callback?error=request_not_supported")
    assert not AuthorizationCode.objects.exists()


@pytest.mark.parametrize("missing", ["redirect_uri", "response_type", "client_id"])
def test_o14_nor_in_the_place_of_a_parameter(browser: Client, missing: str) -> None:
    inside = {"redirect_uri": "https://evil.example.com/", "response_type": "code", "client_id": "shop"}

    answer = authorize(browser, **{missing: "", "request": pyjwt.encode(inside, "", "none")})

    assert "evil" not in answer.headers.get("Location", "")
    assert not AuthorizationCode.objects.exists()


def test_o14_neither_is_offered(keys: None) -> None:
    offered = metadata()

    assert (offered["request_parameter_supported"], offered["request_uri_parameter_supported"]) == (False, False)


def test_the_forge_makes_what_passes(browser: Client, signer: Application) -> None:
    """Else the refusals above would prove nothing."""
    Application.objects.filter(pk=signer.pk).update(
        jwks={"keys": [{**strangers_jwk(), "kid": "own", "alg": "RS256", "use": "sig"}]}
    )

    assert send(forged(kid="own")).status_code == 200
    assert redeem(code_in(authorize(browser))).status_code == 200
