"""Good and bad tokens, and by which of four configurations a real kube-apiserver accepts each.

S: an AuthenticationConfiguration; F: flags; P: the platform's own flags, which know people by `sub` without a prefix;
L: an AuthenticationConfiguration that means what they mean. What is written here was measured;
tests/system/test_oracle.py measures it again.
"""

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

ALL = "SFLP"
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


LEFT_OUT = object()


def _payload(row: Row, issuer: str, audience: str) -> bytes:
    claims = {
        "iss": json.dumps(issuer), "aud": json.dumps(audience), "sub": '"2b1c"', "exp": "<+600>", "iat": "<-1>",
        "nbf": "<-5>", "jti": '"j-1"', "client_id": '"runai-cli"', "preferred_username": '"bob@example.com"',
        "groups": '["researchers"]', "sid": '"s-1"', **row.claims,
    }  # fmt: skip
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


def _with_signature(change: Callable[[str], str]) -> Change:
    return lambda token: ".".join([*token.split(".")[:2], change(token.split(".")[2])])


def _with_payload(change: Callable[[str], str]) -> Change:
    def changed(token: str) -> str:
        head, payload, signature = token.split(".")
        return ".".join([head, change(payload), signature])

    return changed


def _left_over_bits(text: str) -> str:
    """Another last letter, for the same bytes."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


def _as_json(token: str) -> str:
    head, payload, signature = token.split(".")
    return json.dumps({"payload": payload, "protected": head, "signature": signature})


ROWS = [
    Row("good", ALL),
    Row("good by ES256", "SFL", algorithm="ES256"),
    # The header.
    Row("without kid", ALL, header={"kid": LEFT_OUT}),
    Row("kid empty", ALL, header={"kid": ""}),
    Row("kid null", ALL, header={"kid": None}),
    Row("kid a number", "", header={"kid": 7}),
    Row("kid unknown", "", header={"kid": "another"}),
    Row("kid of nobody, signed by a stranger", "", header={"kid": LEFT_OUT}, by_stranger=True),
    Row("signed by a stranger", "", by_stranger=True),
    Row("typ JWT", ALL, header={"typ": "JWT"}),
    Row("typ left out", ALL, header={"typ": LEFT_OUT}),
    Row("typ a number", ALL, header={"typ": 5}),
    Row("none", "", algorithm="none"),
    Row("HS256", "", algorithm="HS256"),
    Row("EdDSA", "", algorithm="EdDSA"),
    Row("RS384", "SL", algorithm="RS384"),
    Row("RS512", "SL", algorithm="RS512"),
    Row("PS256", "SL", algorithm="PS256"),
    Row("alg left out", "", header={"alg": LEFT_OUT}),
    Row("alg in small letters", "", header={"alg": "rs256"}),
    Row("alg of another key", "", header={"alg": "ES256"}),
    Row("alg twice", "", raw_header='{"alg":"RS256","kid":"KID","alg":"RS256"}'),
    Row("alg in another case", "", raw_header='{"ALG":"RS256","kid":"KID"}'),
    Row("crit", "", header={"crit": ["exp"]}),
    Row("crit empty", ALL, header={"crit": []}),
    Row("jwk of a stranger", "", header={"jwk": {"kty": "oct", "k": "AAAA"}}, by_stranger=True),
    Row("header no JSON", "", raw_header="{alg}"),
    Row("header a list", "", raw_header='["RS256"]'),
    Row("a byte order mark", "", raw_header="\ufeff" + '{"alg":"RS256","kid":"KID"}'),
    Row("header empty", "", raw_header="{}"),
    Row("b64 false", "", header={"b64": False, "crit": ["b64"]}),
    Row("crit a string", "", header={"crit": "exp"}),
    Row("zip", ALL, header={"zip": "DEF"}),
    Row("cty JWT", ALL, header={"cty": "JWT"}),
    Row("jku of a stranger", "", header={"jku": "https://evil.example.com/certs"}, by_stranger=True),
    Row("x5c broken", "", header={"x5c": ["AAAA"]}),
    Row("nonce in the header", ALL, header={"nonce": "a"}),
    Row("PS512", "SL", algorithm="PS512"),
    Row("ES384", "", algorithm="ES384"),
    # The form.
    Row("signature changed", "", change=_with_signature(lambda text: ("B" if text[0] == "A" else "A") + text[1:])),
    Row("signature with left over bits", ALL, change=_with_signature(_left_over_bits)),
    Row("signature empty", "", change=_with_signature(lambda text: "")),
    Row("signature cut", "", change=_with_signature(lambda text: text[:-8])),
    Row("signature padded", "", change=_with_signature(lambda text: text + "==")),
    Row("signature with a star", "", change=_with_signature(lambda text: text[:-1] + "*")),
    Row("payload changed", "", change=_with_payload(lambda text: text.replace("e", "f", 1))),
    Row("four parts", "", change=lambda token: token + ".x"),
    Row("two parts", "", change=lambda token: token.rpartition(".")[0]),
    Row("in JSON", "", change=_as_json),
    Row("no token at all", "", change=lambda token: "kubeconfig-u-x7k2p"),
    Row("dots", "", change=lambda token: ".."),
    Row("space at the end", ALL, change=lambda token: token + " "),
    Row("line break in the signature", ALL, change=_with_signature(lambda text: text[:9] + "\n" + text[9:])),
    Row("line break in the payload", ALL, change=_with_payload(lambda text: text[:9] + "\n" + text[9:])),
    Row("space in the payload", "", change=_with_payload(lambda text: text[:9] + " " + text[9:])),
    Row("payload no JSON", "", payload=b"claims"),
    Row("payload a list", "", payload=b"[]"),
    Row("payload null", "", payload=b"null"),
    # The issuer.
    Row("iss with a slash", "", {"iss": '"ISSUER/"'}),
    Row("iss without its last letter", "", {"iss": '"https://127.0.0.1"'}),
    Row("iss left out", "", {"iss": None}),
    Row("iss null", "", {"iss": "null"}),
    Row("iss a list", "", {"iss": '["ISSUER"]'}),
    Row("ISS", ALL, {"iss": None}, more='"ISS":"ISSUER"'),
    Row("iss twice, the last wrong", "", more='"iss":"https://evil.example.com"'),
    Row("iss twice, the first wrong", ALL, {"iss": '"https://evil.example.com"'}, more='"iss":"ISSUER"'),
    Row("iss and then null", ALL, more='"iss":null'),
    Row("iss with a long s", ALL, {"iss": None}, more='"i\u017f\u017f":"ISSUER"'),
    Row("iss with a sharp s", "", {"iss": None}, more='"i\u00df":"ISSUER"'),
    Row("iss escaped", ALL, {"iss": None}, more='"\\u0069ss":"ISSUER"'),
    Row("iss in capitals", "", {"iss": '"HTTPS://127.0.0.1"'}),
    # The audience.
    Row("aud a list", ALL, {"aud": '["AUDIENCE"]'}),
    Row("aud among others", ALL, {"aud": '["other","AUDIENCE"]'}),
    Row("aud another's", "", {"aud": '"runai-other-c0000000"'}),
    Row("aud the shared one", "LP", {"aud": '"runai"'}),
    Row("aud an empty list", "", {"aud": "[]"}),
    Row("aud left out", "", {"aud": None}),
    Row("aud null", "", {"aud": "null"}),
    Row("aud a number", "", {"aud": "5"}),
    Row("aud with a number", "", {"aud": '["AUDIENCE",5]'}),
    Row("aud with null", ALL, {"aud": '[null,"AUDIENCE"]'}),
    Row("aud an object", "", {"aud": '{"a":"AUDIENCE"}'}),
    Row("aud in capitals", "", {"aud": '"RUNAI-PROD-C0000000"'}),
    # Times.
    Row("exp left out", "", {"exp": None}),
    Row("exp over", "", {"exp": "<-2>"}),
    Row("exp in quotes", ALL, {"exp": '"<+600>"'}),
    Row("exp with a fraction", ALL, {"exp": "<+600>.9"}),
    Row("exp with an exponent", ALL, {"exp": "1e12"}),
    Row("exp words", "", {"exp": '"tomorrow"'}),
    Row("exp null", "", {"exp": "null"}),
    Row("exp true", "", {"exp": "true"}),
    Row("exp 0", "", {"exp": "0"}),
    Row("exp negative", "", {"exp": "-5"}),
    Row("exp in the year 5138", ALL, {"exp": "99999999999"}),
    Row("EXP later than exp", ALL, {"exp": "<-60>"}, more='"EXP":<+600>'),
    Row("exp beyond 64 bits", "", {"exp": "99999999999999999999"}),
    Row("exp the last of 64 bits", "", {"exp": "9223372036854775807"}),
    Row("exp of 400 digits", "", {"exp": "9" * 400}),
    Row("exp 1e300", "", {"exp": "1e300"}),
    Row("exp 1e400", "", {"exp": "1e400"}),
    Row("exp with a plus", "", {"exp": '"+<+600>"'}),
    Row("exp with a space", "", {"exp": '" <+600>"'}),
    Row("exp empty", "", {"exp": '""'}),
    Row("exp in hexadecimal", "", {"exp": '"0x7fffffff"'}),
    Row("exp with noughts before it", "", {"exp": '"00<+600>"'}),
    Row("exp infinite", "", {"exp": '"Infinity"'}),
    Row("nbf beyond 64 bits", ALL, {"nbf": "99999999999999999999"}),
    Row("nbf 0", ALL, {"nbf": "0"}),
    Row("iat beyond 64 bits", ALL, {"iat": "99999999999999999999"}),
    Row("nbf within a minute", ALL, {"nbf": "<+30>"}),
    Row("nbf in two minutes", "", {"nbf": "<+120>"}),
    Row("nbf null", ALL, {"nbf": "null"}),
    Row("nbf words", "", {"nbf": '"now"'}),
    Row("iat left out", ALL, {"iat": None}),
    Row("iat tomorrow", ALL, {"iat": "<+86400>"}),
    Row("iat words", "", {"iat": '"now"'}),
    Row("iat null", "", {"iat": "null"}),
    # Who it is.
    Row("sub empty", "FP", {"sub": '""'}),
    Row("sub left out", "F", {"sub": None}),
    Row("sub null", "FP", {"sub": "null"}),
    Row("sub a number", "", {"sub": "5"}),
    Row("sub of Kubernetes", "SFP", {"sub": '"system:admin"'}),
    Row("name left out", "LP", {"preferred_username": None}),
    Row("name empty", "FLP", {"preferred_username": '""'}),
    Row("name null", "FLP", {"preferred_username": "null"}),
    Row("name a number", "LP", {"preferred_username": "5"}),
    Row("name of Kubernetes", ALL, {"preferred_username": '"system:admin"'}),
    Row("name twice", ALL, more='"preferred_username":"eve@example.com"'),
    Row("name in other letters", ALL, {"preferred_username": '"Zoë 研究"'}),
    Row("name with half a letter", ALL, {"preferred_username": '"a\\ud800b"'}),
    Row("name with a broken byte", ALL, {"preferred_username": '"a\udcffb"'}),
    Row("name with a raw line break", "", {"preferred_username": '"a\nb"'}),
    Row("name an object", "LP", {"preferred_username": '{"a":"b"}'}),
    Row("name with a null byte", ALL, {"preferred_username": '"a\\u0000b"'}),
    Row("name with a space", ALL, {"preferred_username": '" bob "'}),
    Row("name by the kilobyte", ALL, {"preferred_username": json.dumps("b" * 5000)}),
    Row("Preferred_Username", "LP", {"preferred_username": None}, more='"Preferred_Username":"bob@example.com"'),
    Row("SUB beside sub", ALL, more='"SUB":"another"'),
    Row("SUB a number", "", more='"SUB":5'),
    Row("groups a number in quotes", ALL, {"groups": '"5"'}),
    Row("groups with an empty one", ALL, {"groups": '["","a"]'}),
    Row("groups true", "LP", {"groups": "true"}),
    Row("Groups", ALL, {"groups": None}, more='"Groups":["a"]'),
    Row("email not verified", ALL, more='"email":"bob@example.com","email_verified":false'),
    Row("groups left out", ALL, {"groups": None}),
    Row("groups a string", ALL, {"groups": '"researchers"'}),
    Row("groups an empty list", ALL, {"groups": "[]"}),
    Row("groups null", ALL, {"groups": "null"}),
    Row("groups with null", ALL, {"groups": '[null,"a"]'}),
    Row("groups a number", "LP", {"groups": "5"}),
    Row("groups with a number", "LP", {"groups": '["a",5]'}),
    Row("groups in groups", "LP", {"groups": '[["a"]]'}),
    Row("groups an object", "LP", {"groups": '{"a":1}'}),
    Row("groups of Kubernetes", ALL, {"groups": '["system:masters"]'}),
    Row("groups twice the same", ALL, {"groups": '["a","a"]'}),
    Row("groups by the thousand", ALL, {"groups": json.dumps([f"group-{n}" for n in range(1000)])}),
    # What we add.
    Row("an ID token", "FLP", {"client_id": None}),
    Row("client_id null", ALL, {"client_id": "null"}),
    Row("of an application", ALL, {"application_id": '"a-1"', "sid": None}),
    Row("application_id a number", "FP", {"application_id": "5"}),
    Row("application_id null", "FP", {"application_id": "null"}),
    Row("sid a number", "FP", {"sid": "5"}),
    Row("sid a list", ALL, {"sid": '["s-1","","s-2"]'}),
    Row("sid null", ALL, {"sid": "null"}),
    Row("sid empty", ALL, {"sid": '""'}),
    Row("jti left out", ALL, {"jti": None}),
    Row("jti a number", ALL, {"jti": "5"}),
    Row("jti empty", ALL, {"jti": '""'}),
    Row("nonce a number", "", more='"nonce":5'),
    Row("at_hash a list", "", more='"at_hash":[]'),
    Row("claims elsewhere, none", ALL, more='"_claim_names":{}'),
    Row("claims elsewhere, nowhere", "", more='"_claim_names":{"email":"src"}'),
    Row("claims elsewhere, not the groups", ALL,
        more='"_claim_names":{"email":"src"},"_claim_sources":{"src":{"endpoint":"https://127.0.0.1:1/"}}'),
    Row("groups elsewhere", "LP", {"groups": None},
        more='"_claim_names":{"groups":"src"},"_claim_sources":{"src":{"endpoint":"https://127.0.0.1:1/"}}'),
    Row("NaN", "", more='"more":NaN'),
    Row("a number of 5000 digits", ALL, more=f'"more":{"9" * 5000}'),
    Row("a claim of a hundred levels", ALL, more=f'"more":{"[" * 100}{"]" * 100}'),
    Row("a claim of twenty thousand levels", "", more=f'"more":{"[" * 20000}{"]" * 20000}'),
    Row("a number with a nought before it", "", more='"more":01'),
    Row("a comma at the end", "", more='"more":[1,]'),
    Row("a comment", "", more='"more":1/*x*/'),
    Row("an escape that is none", "", more='"more":"\\x41"'),
    Row("a raw tab", "", more='"more":"a\tb"'),
    Row("white space around it", ALL, more='"more" : 1 \r\n\t '),
    Row("a form feed", "", more='"more":\f1'),
    Row("a non-breaking space", "", more='"more":\u00a01'),
    Row("something behind it", "", more='"a":1}{"b":2'),
]  # fmt: skip
