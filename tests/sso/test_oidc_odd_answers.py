"""JWKS and token responses as servers really write them, and as nobody should."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from sso.check_log import CheckLog, SignInRefused
from tests.sso.op import KEY, OP, OTHER_KEY, jwk
from tests.sso.openid import sign_in

GOOD, OTHER = jwk(KEY, "one"), jwk(OTHER_KEY, "one")
EC_KEY = {**ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()).public_key(), as_dict=True), "kid": "one"}
RUBBISH: list[Any] = [
    None,
    1,
    "x",
    [],
    {},
    {"kty": "RSA"},
    {**GOOD, "n": 1},
    {**GOOD, "n": "!"},
    {**GOOD, "e": ""},
    {**GOOD, "n": None},
    {**GOOD, "kty": ["RSA"]},
    {**GOOD, "kty": "AKP"},
    {"kty": "EC", "crv": "secp256k1", "kid": "one"},
    {"kty": "OKP", "crv": "X25519", "x": "AA", "kid": "one"},
    {"kty": "oct", "k": "AAAA", "kid": "one"},
]


P256 = ec.generate_private_key(ec.SECP256R1())
OTHER_CURVES = [ec.generate_private_key(curve()) for curve in (ec.SECP384R1, ec.SECP521R1, ec.SECP256K1)]
PRIVATE = {**GOOD, **RSAAlgorithm.to_jwk(KEY, as_dict=True), "key_ops": None}
SHORT_PRIVATE = {**PRIVATE, **RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 1024), as_dict=True)}  # noqa: S505


def public(key: ec.EllipticCurvePrivateKey, **members: Any) -> dict[str, Any]:
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), **members}


def without(*names: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name not in names}


KEY_SETS = {
    "the same key twice": [GOOD, GOOD],
    "with and without alg": [GOOD, without("alg")],
    "alg null": [{**GOOD, "alg": None}],
    "use null": [{**GOOD, "use": None}],
    "kid null": [{**GOOD, "kid": None}],
    "no kid": [without("kid")],
    "another key of that kid": [OTHER, GOOD],
    "a key of another kind of that kid": [EC_KEY, GOOD],
    "behind one for encryption": [{**GOOD, "use": "enc"}, GOOD],
    "for operations of which one is to verify": [{**without("use"), "key_ops": ["sign", "verify"]}],
    "operations null": [{**GOOD, "key_ops": None}],
    "behind a private one": [SHORT_PRIVATE, GOOD],
    **{f"behind rubbish {number}": [key, GOOD] for number, key in enumerate(RUBBISH)},
}


@pytest.mark.parametrize("keys", KEY_SETS.values(), ids=list(KEY_SETS))
def test_it_tries_each_key_that_fits(op: OP, keys: list[Any]) -> None:
    op.keys = keys

    assert sign_in(op, CheckLog()).subject == "jane-1"


@pytest.mark.parametrize("named", [{}, {"kid": "one"}], ids=["no kid", "the same kid"])
def test_it_passes_over_keys_of_other_curves(op: OP, named: dict[str, str]) -> None:
    op.keys = [public(key, **named) for key in (*OTHER_CURVES, P256)]
    op.signed_by = {"key": P256, "algorithm": "ES256", "headers": named}

    assert sign_in(op, CheckLog()).subject == "jane-1"


def test_it_believes_no_private_key_of_a_curve(op: OP) -> None:
    op.keys = [{**ECAlgorithm.to_jwk(P256, as_dict=True), "kid": "one"}]
    op.signed_by = {"key": P256, "algorithm": "ES256", "headers": {"kid": "one"}}

    with pytest.raises(SignInRefused):
        sign_in(op, CheckLog())


NONE_FITS: dict[str, list[Any]] = {
    "another key": [OTHER],
    "another key twice": [OTHER, OTHER],
    "a key of another kind": [EC_KEY],
    "a private one": [PRIVATE],
    **{
        f"for {operations}": [{**without("use"), "key_ops": operations}]
        for operations in (["encrypt"], ["sign"], ["deriveKey", "wrapKey"], [], "verify", {"verify": 1}, 1)
    },
    **{f"rubbish {number}": [key] for number, key in enumerate(RUBBISH)},
}


@pytest.mark.parametrize("keys", NONE_FITS.values(), ids=list(NONE_FITS))
def test_it_refuses_where_none_fits(op: OP, keys: list[Any]) -> None:
    op.keys = keys

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog())

    assert refused.value.code == "bad_signature"


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_it_refuses_a_key_of_1024_bits(op: OP) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505  as some still have
    op.keys, op.signed_by = [jwk(weak, "one")], {**op.signed_by, "key": weak}
    log = CheckLog()

    with pytest.raises(SignInRefused):
        sign_in(op, log)

    assert "shorter than 2048 bits" in log.checks[-1].detail


def each(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{name: value} for value in values]


TOKEN_RESPONSES: list[dict[str, Any]] = [
    *each("token_type", None, "", "mac", "DPoP", "N_A", 1, ["Bearer"], {}),
    *each("access_token", None, "", 1, [], {}, "\ud800"),
    *each("id_token", None, "", 1, [], {}, "a.b", "e30.e30.", "\ud800"),
    *each("refresh_token", 1, [], {}, "\x00"),
    *each("expires_in", [1], {"a": 1}, "soon"),
    {"error": None},
    {"error": ["x"], "error_description": {}},
]


@pytest.mark.parametrize("changes", TOKEN_RESPONSES, ids=ascii)
def test_it_refuses_an_odd_token_response(op: OP, changes: dict[str, Any]) -> None:
    op.token_response = changes

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog())

    assert refused.value.code in ("bad_provider", "bad_signature")


@pytest.mark.parametrize(
    "changes", [{"token_type": "bearer"}, {"token_type": "BEARER"}, {"refresh_token": None}], ids=str
)
def test_it_takes_what_the_standard_allows(op: OP, changes: dict[str, Any]) -> None:
    op.token_response = changes

    assert sign_in(op, CheckLog()).subject == "jane-1"


ODD_CLAIMS: list[dict[str, Any]] = [
    *(claim for name in ("exp", "iat", "nbf") for claim in each(name, "text", [], {}, 1e400, -1e400)),
    *each("aud", 1, {}, [1], [None], []),
    *each("iss", 1, [], {}),
    *each("sub", 1, [], "", " jane", "a\x00b", "\ud800", "x" * 513),
    *each("nonce", 1, [], "", "\ud800"),
    *each("at_hash", 1, [], "", "\ud800"),
    *each("sid", "\x00", "\ud800"),
]


@pytest.mark.parametrize("claims", ODD_CLAIMS, ids=ascii)
def test_it_refuses_odd_claims(op: OP, claims: dict[str, Any]) -> None:
    op.claims = claims

    with pytest.raises(SignInRefused):
        sign_in(op, CheckLog())
