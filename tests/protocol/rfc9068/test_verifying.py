"""§4, at our own resource servers: the administration API, UserInfo and introspection."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt as pyjwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.test import Client

from accounts.models import User
from tests.protocol.must import must
from tests.protocol.relying import claims_of, introspect, tokens_for, userinfo
from tests.tokens.asking import by_password, call_api
from tokens import jwt
from tokens.models import Application


@pytest.fixture
def token(bobs: Client, shop: Application) -> str:
    return str(tokens_for(bobs, shop)["access_token"])


@pytest.fixture
def refuses(shop: Application) -> Callable[[str], bool]:
    def everywhere(token: str) -> bool:
        at_userinfo = userinfo(token)
        return at_userinfo.status_code == 401 and introspect(shop, token) == {"active": False}

    return everywhere


def resigned(claims: dict[str, Any], kind: type[jwt.AccessToken | jwt.IDToken], **more: object) -> str:
    """The same claims, signed by our own keys again, with some of them changed."""
    kept = {name: value for name, value in claims.items() if name not in ("exp", "aud", "iat", "jti")}
    return jwt.sign(kind, {**kept, **more}, audience=claims["aud"], lifetime=timedelta(minutes=5))


@must("§4", "a token that is in order is taken")
def test_it_takes_a_token_that_was_signed_again(token: str, refuses: Callable[[str], bool]) -> None:
    assert userinfo(resigned(claims_of(token, "shop"), jwt.AccessToken)).status_code == 200


@must("§4", "whatever says another type is refused")
def test_it_refuses_a_token_of_another_type(token: str, refuses: Callable[[str], bool]) -> None:
    assert refuses(resigned(claims_of(token, "shop"), jwt.IDToken))


@must("§4", "an ID token is no access token, though its audience is the same")
def test_it_refuses_an_id_token(bobs: Client, shop: Application, refuses: Callable[[str], bool]) -> None:
    assert refuses(tokens_for(bobs, shop)["id_token"])


@must("§4", "the issuer is exactly ours")
def test_it_refuses_another_issuer(token: str, refuses: Callable[[str], bool]) -> None:
    claims = claims_of(token, "shop")

    assert refuses(resigned(claims, jwt.AccessToken, iss=claims["iss"] + "/"))


@must("§4", "a token without this resource in its audience is refused")
def test_it_refuses_a_token_for_somebody_else(token: str) -> None:
    answer = call_api(token)

    assert answer.status_code == 401


@must("§4", "what was not signed is refused")
def test_it_refuses_alg_none(token: str, refuses: Callable[[str], bool]) -> None:
    claims = claims_of(token, "shop")

    assert refuses(pyjwt.encode(claims, "", algorithm="none", headers={"typ": "at+jwt"}))


@must("§4", "only the keys that the server publishes verify")
def test_it_refuses_a_strangers_key(token: str, refuses: Callable[[str], bool]) -> None:
    header = pyjwt.get_unverified_header(token)
    mine = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    assert refuses(pyjwt.encode(claims_of(token, "shop"), mine, "RS256", headers=header))


@must("§4", "after exp a token is refused")
def test_it_refuses_an_expired_token(token: str, refuses: Callable[[str], bool]) -> None:
    assert not refuses(token)

    with time_machine.travel(time.time() + settings.ACCESS_TOKEN_LIFETIME.total_seconds() + 30):
        assert refuses(token)


@must("§4", "a refusal is the invalid_token of RFC 6750")
def test_it_says_invalid_token() -> None:
    answer = userinfo("nonsense")

    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


@must("§5", "a token of one kind never passes for another at the administration API")
def test_it_refuses_an_id_token_at_the_administration_api(alice: User) -> None:
    tokens = by_password(alice)

    assert call_api(tokens["accessToken"]).status_code == 200
    assert call_api(tokens["idToken"]).status_code == 401
