"""Putting tokens together by hand, also such as nobody would issue."""

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tokens import keyring
from tokens.models.keys import Algorithm

LEFT_OUT = object()
MOMENT = re.compile(r"<([+-]\d+)>")
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)

Change = Callable[[str], str]


@dataclass(frozen=True)
class Row:
    """`claims` are JSON as it stands in the token, with <+600> for a moment from now; None leaves one out."""

    name: str
    accepted: str
    claims: dict[str, str | None] = field(default_factory=dict)
    header: dict[str, object] = field(default_factory=dict)
    more: str = ""
    payload: bytes | None = None
    raw_header: str = ""
    algorithm: str = "RS256"
    by_stranger: bool = False
    change: Change = lambda token: token


def made(row: Row, *, issuer: str, audience: str) -> str:
    key = keyring.current().signing(Algorithm.ES256 if row.algorithm.startswith("ES") else Algorithm.RS256)
    header = {"alg": row.algorithm, "kid": key.kid, "typ": "at+jwt"} | row.header
    kept = {name: value for name, value in header.items() if value is not LEFT_OUT}
    head = (row.raw_header or json.dumps(kept)).replace("KID", key.kid).encode()
    payload = row.payload if row.payload is not None else _payload(row, issuer, audience)
    signed = b".".join(_encoded(part) for part in (head, payload))
    private = STRANGER if row.by_stranger else keyring.private(key.kid)
    return row.change(b".".join([signed, _encoded(_signature(row.algorithm, private, signed))]).decode())


def _payload(row: Row, issuer: str, audience: str) -> bytes:
    claims = {
        "iss": json.dumps(issuer),
        "aud": json.dumps(audience),
        "sub": '"2b1c"',
        "exp": "<+600>",
        "iat": "<-1>",
        "nbf": "<-5>",
        "jti": '"j-1"',
        "client_id": '"runai-cli"',
        "preferred_username": '"bob@example.com"',
        "groups": '["researchers"]',
        "sid": '"s-1"',
        **row.claims,
    }
    members = [f"{json.dumps(name)}:{value}" for name, value in claims.items() if value is not None]
    text = "{" + ",".join([*members, *([row.more] if row.more else [])]) + "}"
    text = text.replace("ISSUER", issuer).replace("AUDIENCE", audience)
    return MOMENT.sub(lambda found: str(int(time.time()) + int(found[1])), text).encode("utf-8", "surrogateescape")


def _signature(algorithm: str, private: object, signed: bytes) -> bytes:
    if algorithm == "HS256":
        return hmac.new(b"public", signed, hashlib.sha256).digest()
    if algorithm in ("none", "EdDSA"):
        return b""
    return bytes(jwt.get_algorithm_by_name(algorithm).sign(signed, private))


def _encoded(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def with_signature(change: Callable[[str], str]) -> Change:
    return lambda token: ".".join([*token.split(".")[:2], change(token.split(".")[2])])


def with_payload(change: Callable[[str], str]) -> Change:
    def changed(token: str) -> str:
        head, payload, signature = token.split(".")
        return ".".join([head, change(payload), signature])

    return changed


def left_over_bits(text: str) -> str:
    """Another last letter, for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


def as_json(token: str) -> str:
    head, payload, signature = token.split(".")
    return json.dumps({"payload": payload, "protected": head, "signature": signature})
