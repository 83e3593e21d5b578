"""J01 to J12: what must never pass for one of our tokens."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from accounts.models import User
from tests.tokens.asking import by_password, by_refresh, call_api
from tokens import jwt, keyring

Claims = dict[str, Any]


@pytest.fixture
def genuine(alice: User) -> Claims:
    return jwt.read_for_anybody(by_password(alice)["accessToken"])


def part(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(payload: object, **header: Any) -> str:
    """Signed with our own active key: only what is said can be wrong."""
    key = keyring.current().signing("RS256")
    headers = {"alg": "RS256", "typ": "at+jwt", "kid": key.kid, **header}
    message = f"{part(headers)}.{part(payload)}"
    signature = pyjwt.algorithms.RSAAlgorithm(pyjwt.algorithms.RSAAlgorithm.SHA256).sign(
        message.encode(), keyring.private(key.kid)
    )
    return f"{message}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def refused(token: str) -> bool:
    return call_api(token).status_code == 401


def test_the_forge_makes_a_token_that_passes(genuine: Claims) -> None:
    assert not refused(signed(genuine))


def test_it_takes_a_token_under_either_algorithm(genuine: Claims) -> None:
    assert not refused(jwt.KeyringBackend(jwt.ACCESS, "ES256").encode(genuine))


def j01_none(claims: Claims) -> str:
    return f"{part({'alg': 'none', 'typ': 'at+jwt'})}.{part(claims)}."


def j01_hmac_with_the_public_key(claims: Claims) -> str:
    key = keyring.current().signing("RS256")
    public = key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    message = f"{part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': key.kid})}.{part(claims)}"
    digest = hmac.digest(public, message.encode(), "sha256")
    return f"{message}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def j01_key_of_the_other_type(claims: Claims) -> str:
    return signed(claims, kid=keyring.current().signing("ES256").kid)


def with_header(**more: object) -> Callable[[Claims], str]:
    """Signed by us, so that nothing but the header can be why it is refused."""
    return lambda claims: signed(claims, **more)


def j03_key_in_the_header(claims: Claims) -> str:
    mine = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = pyjwt.algorithms.RSAAlgorithm.to_jwk(mine.public_key(), as_dict=True)
    kid = keyring.current().signing("RS256").kid
    headers = {"typ": "at+jwt", "kid": kid, "jwk": jwk, "jku": "http://127.0.0.1/keys", "x5u": "http://127.0.0.1/c"}
    return pyjwt.encode(claims, mine, "RS256", headers=headers)


def j10_long(claims: Claims) -> str:
    return signed({**claims, "padding": "x" * 16_384})


def j11_encrypted(claims: Claims) -> str:
    return f"{part({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.a.b.c.d"


def j12_duplicate_names(claims: Claims) -> str:
    return signed(json.dumps(claims)[:-1] + f', "sub": "{claims["sub"]}"}}')


@pytest.mark.parametrize(
    "forge",
    [
        j01_none,
        j01_hmac_with_the_public_key,
        j01_key_of_the_other_type,
        j03_key_in_the_header,
        j10_long,
        j11_encrypted,
        j12_duplicate_names,
        pytest.param(with_header(crit=["exp"]), id="j02 crit"),
        pytest.param(with_header(crit=[], b64=False), id="j02 b64"),
        *[pytest.param(with_header(**{name: "http://127.0.0.1/"}), id=f"j03 {name}") for name in ("jku", "x5u", "x5c")],
        *[pytest.param(with_header(alg=alg), id=f"j05 {alg}") for alg in ("ES256", "PS256", "rs256", ["RS256"])],
        *[pytest.param(with_header(typ=typ), id=f"j06 {typ}") for typ in ("JWT", "AT+JWT", "logout+jwt", None)],
        *[with_header(kid=kid) for kid in ("../../etc/passwd", "' OR 1=1 --", "k" * 4096, "", None, 7, ["a"])],
        pytest.param(with_header(zip="DEF"), id="j11 zip"),
    ],
)
def test_it_refuses_a_forged_token(genuine: Claims, forge: Callable[[Claims], str]) -> None:
    assert refused(forge(genuine))


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "http://testserver/auth/realms/runai/"),  # J04: exact
        ("iss", "http://testserver/auth/realms/runai-evil"),
        ("iss", None),
        ("aud", "somebody-else"),  # J07
        ("aud", ["somebody-else", "another"]),
        ("aud", {"runai": 1}),
        ("aud", None),
        ("exp", "9999999999"),  # J09
        ("exp", 9999999999.5),
        ("exp", float("nan")),
        pytest.param("exp", 10**400, id="exp-huge"),
        ("exp", -1),
        ("exp", True),
        ("exp", None),
        ("nbf", 9_999_999_999),
        ("iat", "yesterday"),
        ("sub", ""),
        ("sub", "robo"),
        ("sub", 7),
        ("sid", "not-a-uuid"),
        ("jti", None),
    ],
)
def test_it_refuses_a_wrong_claim(genuine: Claims, claim: str, value: object) -> None:
    changed = {**genuine, claim: value}
    if value is None:
        del changed[claim]

    assert refused(signed(changed))


def test_it_takes_an_audience_in_a_list(genuine: Claims) -> None:
    assert not refused(signed({**genuine, "aud": ["urn:runai:api"]}))


@pytest.mark.parametrize("beside", ["runai", "another", "runai-prod-c0000000", ""])
def test_it_refuses_a_token_that_is_for_somebody_else_too(genuine: Claims, beside: str) -> None:
    assert refused(signed({**genuine, "aud": ["urn:runai:api", beside]}))


def test_it_refuses_a_token_that_has_ended(genuine: Claims) -> None:
    assert refused(signed({**genuine, "exp": int(time.time()) - 1}))


def test_it_refuses_the_other_kinds_of_token_as_bearer(alice: User) -> None:
    """J06: an ID token, a refresh token, and an access token as a refresh token."""
    issued = by_password(alice)

    assert refused(issued["idToken"])
    assert refused(issued["refreshToken"])
    assert by_refresh(issued["accessToken"][:500]).status_code == 400


def test_it_refuses_a_changed_token(alice: User) -> None:
    head, payload, signature = by_password(alice)["accessToken"].split(".")

    assert refused(f"{head}.{payload[:-2]}AA.{signature}")
    assert refused(f"{head}.{payload}.{signature[:-8]}AAAAAAAA")
    assert refused(f"{head}.{payload}")
