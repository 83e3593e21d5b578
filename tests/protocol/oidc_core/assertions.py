"""Client assertions: JWTs by which a client proves itself."""

import json
import time
import uuid
from functools import lru_cache
from typing import Any

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.protocol.relying import ISSUER, make_client, post
from tokens.models import Application

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@lru_cache
def key(name: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def make_signer() -> Application:
    """A client that authenticates by private_key_jwt."""
    public = pyjwt.algorithms.RSAAlgorithm.to_jwk(key("own").public_key(), as_dict=True)
    jwks = {"keys": [{**public, "kid": "own", "alg": "RS256", "use": "sig"}]}
    return make_client("signer", token_endpoint_auth_method="private_key_jwt", secret_hash="", jwks=jwks)


def assertion(signed_by: Any = "own", **claims: Any) -> str:
    """One that is in order, but for what is said otherwise; a claim of None is left out."""
    now = int(time.time())
    said = {"iss": "signer", "sub": "signer", "aud": ISSUER, "jti": uuid.uuid4().hex, "iat": now, "exp": now + 60}
    kept = {name: value for name, value in {**said, **claims}.items() if value is not None}
    # Past PyJWT's own look at the claims: what it would not sign is for the server to refuse.
    return pyjwt.PyJWS().encode(json.dumps(kept).encode(), key(signed_by), "RS256", headers={"kid": "own"})


def send(client_assertion: str, **body: Any) -> Any:
    asked = {"grant_type": "client_credentials", "client_assertion_type": TYPE, **body}
    return post("token", None, client_assertion=client_assertion, **asked)


def is_refused(client_assertion: str) -> bool:
    answer = send(client_assertion)
    return bool(answer.status_code == 401 and answer.json()["error"] == "invalid_client")
