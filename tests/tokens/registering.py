"""Registering clients as programs do, and the keys that they show."""

import json
from datetime import timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from django.test import Client
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from common.actors import SYSTEM
from tests.tokens.asking import PROTOCOL
from tokens.services.registration import create_registration_token

CALLBACK = "https://wiki.example.com/callback"
WIKI = {"client_name": "Team Wiki", "redirect_uris": [CALLBACK]}
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def make_token(uses: int = 1, days: int = 7) -> str:
    return create_registration_token(actor=SYSTEM, note="wiki team", uses=uses, lifetime=timedelta(days=days))[1]


def register(token: str | None, metadata: object = WIKI, **more: Any) -> Any:
    body = metadata if isinstance(metadata, str | bytes) else json.dumps(metadata)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    arguments = {"content_type": "application/json", "headers": headers, **more}
    return Client().post(f"{PROTOCOL}/registrations", body, **arguments)


@lru_cache
def rsa_jwk(bits: int = 2048) -> dict[str, Any]:
    """A private key, as are all here that aren't made `public`."""
    return dict(RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, bits), as_dict=True))


@lru_cache
def ec_jwk(curve: type[ec.EllipticCurve] = ec.SECP256R1) -> dict[str, Any]:
    return dict(ECAlgorithm.to_jwk(ec.generate_private_key(curve()), as_dict=True))


def public(jwk: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {name: value for name, value in jwk.items() if name in ("kty", "crv", "n", "e", "x", "y")} | more
