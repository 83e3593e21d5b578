"""A JWS in compact form, as go-jose takes it apart and verifies it."""

from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from jwt.algorithms import get_default_algorithms
from jwt.exceptions import InvalidKeyError

from clustersync.apiserver_checks.golang import NotReadableByGo, Number, Object, base64url, read_json, string
from common import certificates
from common.wording import Wording

VERIFIERS = get_default_algorithms()
UNDERSTOOD = {"b64"}  # of what `crit` may name
CURVES = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}


class JWS(NamedTuple):
    header: Object
    algorithm: str
    kid: str
    signed: bytes
    signature: bytes
    payload: bytes


NOTHING = JWS(Object([]), "", "", b"", b"", b"")


def parse(token: str) -> JWS:
    """Unreadable when it isn't one. White space in it is skipped."""
    parts = "".join(token.split()).split(".")
    if len(parts) != 3:
        raise NotReadableByGo(Wording("it has not three parts"))
    head, payload, signature = (base64url(part) for part in parts)
    header = _header(head)
    _look_at_what_nobody_uses(header)
    # What was signed is put together anew, from what was read.
    signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in (head, payload))
    return JWS(header, _text(header, "alg"), _text(header, "kid"), signed, signature, payload)


def is_signed_by_one_of(jws: JWS, keys: Iterable[Mapping[str, Any]]) -> bool:
    """Try a token without `kid` with every key; a key's own `alg` doesn't count."""
    candidates = [key for key in keys if not jws.kid or key.get("kid") == jws.kid]
    return any(_verifies(jws, key) for key in candidates)


def unknown_critical(jws: JWS) -> bool:
    critical = jws.header.exact.get("crit")
    if critical is None:
        return False
    return not isinstance(critical, list) or not all(isinstance(name, str) and name in UNDERSTOOD for name in critical)


def _header(data: bytes) -> Object:
    if not data:
        return Object([])
    header = read_json(data)
    if not isinstance(header, Object):
        raise NotReadableByGo(Wording("its header is no object"))
    if len(header.exact) != len(header.members):
        raise NotReadableByGo(Wording("its header has a member twice"))
    return header


def _text(header: Object, name: str) -> str:
    value = header.exact.get(name)
    if isinstance(value, Number):
        raise NotReadableByGo(Wording("{name} in its header is not a string", name=name))
    return string(value)


def _look_at_what_nobody_uses(header: Object) -> None:
    """Require a certificate or key that comes along to be one, though nobody trusts it."""
    if header.exact.get("b64", True) is not True:
        raise NotReadableByGo(Wording("b64 in its header says that it was signed in another form"))
    chain = header.exact.get("x5c") or []
    try:
        for certificate in chain if isinstance(chain, list) else [chain]:
            certificates.read_der(b64decode(string(certificate), validate=True))
    except (ValueError, NotReadableByGo, certificates.UnreadableCertificate):
        raise NotReadableByGo(Wording("x5c in its header is no list of certificates")) from None


def _verifies(jws: JWS, key: Mapping[str, Any]) -> bool:
    if jws.algorithm in CURVES and key.get("crv") != CURVES[jws.algorithm]:
        return False
    verifier = VERIFIERS[jws.algorithm]
    try:
        return bool(verifier.verify(jws.signed, verifier.from_jwk(dict(key)), jws.signature))
    except (InvalidKeyError, ValueError, TypeError):
        return False
