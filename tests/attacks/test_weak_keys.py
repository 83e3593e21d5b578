"""No door believes a signature by an RSA key of less than 2048 bits, whoever has the key."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from common import certificates
from common.errors import DomainError
from sso.check_log import CheckLog, SignInRefused
from sso.saml.metadata import read_metadata
from tests.sso import idp_keys
from tests.sso.idp import IdP
from tests.sso.op import OP, jwk
from tests.sso.openid import sign_in
from tokens import assertion_jwt
from tokens.client_metadata import Registration, revised

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning"),
]


def upstream(key: rsa.RSAPrivateKey) -> None:
    """An ID token of an OpenID Connect provider."""
    op = OP()
    op.keys, op.signed_by = [jwk(key, "one")], {**op.signed_by, "key": key}
    try:
        sign_in(op, CheckLog())
    finally:
        op.close()


def directory(key: rsa.RSAPrivateKey) -> None:
    """Metadata of a SAML provider, whose only certificate is for it."""
    read_metadata(IdP(keys=[idp_keys.key(bits=key.key_size)]).metadata())


def registered(key: rsa.RSAPrivateKey) -> None:
    """A client that registers it."""
    revised(Registration(), {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [jwk(key, "own")]}})


def registered_long_ago(key: rsa.RSAPrivateKey) -> None:
    """A client that registered it before such keys were refused."""
    read_assertion(jwt.encode(claims(), key, "RS256", headers={"kid": "own"}), jwk(key, "own"))


def claims() -> dict[str, Any]:
    return {"iss": "shop", "sub": "shop", "aud": settings.ISSUER, "jti": "a", "exp": int(time.time()) + 60}


def read_assertion(raw: str, key: dict[str, Any]) -> object:
    return assertion_jwt.read(raw, jwks={"keys": [key]}, client_id="shop")


DOORS: dict[str, Callable[[rsa.RSAPrivateKey], Any]] = {
    "upstream": upstream,
    "directory": directory,
    "registered": registered,
    "registered long ago": registered_long_ago,
}


@pytest.mark.parametrize("bits", [1024, 1536, 2040])
@pytest.mark.parametrize("door", DOORS)
def test_a_weak_key_is_refused(door: str, bits: int) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    with pytest.raises((DomainError, SignInRefused)):
        DOORS[door](weak)


@pytest.mark.parametrize(
    ("curve", "taken"), [(ec.SECP192R1, False), (ec.SECP224R1, True), (ec.SECP256R1, True), (ec.SECP521R1, True)]
)
def test_a_weak_curve_is_refused(curve: type[ec.EllipticCurve], taken: bool) -> None:
    weakness = certificates.read_der(certificate_for(ec.generate_private_key(curve()))).weakness

    assert (not weakness) is taken


def certificate_for(key: ec.EllipticCurvePrivateKey) -> bytes:
    name, now = x509.Name([]), datetime.now(UTC)
    issued = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now)
    return issued.sign(key, SHA256()).public_bytes(Encoding.DER)


@pytest.mark.parametrize("door", DOORS)
def test_one_of_2048_bits_is_taken(door: str) -> None:
    DOORS[door](rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.mark.parametrize(
    ("typ", "taken"),
    [
        (None, True),
        ("JWT", True),
        ("client-authentication+jwt", True),
        ("application/JWT", True),
        ("at+jwt", False),
        ("logout+jwt", False),
        ("dpop+jwt", False),
        ("ID", False),
    ],
)
def test_a_client_assertion_is_of_no_other_type(typ: str | None, taken: bool) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    raw = jwt.encode(claims(), key, "RS256", headers={"kid": "own", "typ": typ})

    if taken:
        assert read_assertion(raw, jwk(key, "own"))
        return
    with pytest.raises(DomainError):
        read_assertion(raw, jwk(key, "own"))
