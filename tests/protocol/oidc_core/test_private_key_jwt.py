"""OpenID Connect Core §9 and, for what a JWT must satisfy, RFC 7523 §3."""

import time

import jwt as pyjwt
import pytest

from tests.protocol.must import must
from tests.protocol.oidc_core.assertions import TYPE, assertion, is_refused, key, make_signer, send
from tests.protocol.relying import ISSUER, SECRET, make_client, post
from tokens.models import Application


@pytest.fixture(autouse=True)
def signer(keys: None) -> Application:
    return make_signer()


@must("§9", "private_key_jwt: a JWT that the client signed proves who it is")
@must("RFC 7523 §2.2", "it comes as client_assertion, with its type")
def test_it_takes_an_assertion_of_the_client() -> None:
    assert send(assertion()).status_code == 200


@must("RFC 7523 §2.2", "client_assertion_type has the one value that is written down for it")
@pytest.mark.parametrize("kind", ["", "jwt-bearer", TYPE.replace("jwt", "saml2"), TYPE.upper()])
def test_it_refuses_another_type_of_assertion(kind: str) -> None:
    answer = send(assertion(), client_assertion_type=kind)

    assert answer.status_code in (400, 401)
    assert answer.json()["error"] in ("invalid_request", "invalid_client")


@must("RFC 7523 §2.2", "a client_id beside it names the same client")
def test_it_refuses_a_client_id_that_is_not_the_subject() -> None:
    make_client("other")

    assert send(assertion(), client_id="signer").status_code == 200
    assert send(assertion(), client_id="other").status_code in (400, 401)


@must("§9", "iss, sub, aud, jti and exp are there")
@pytest.mark.parametrize("claim", ["iss", "sub", "aud", "jti", "exp"])
def test_it_refuses_an_assertion_without_a_required_claim(claim: str) -> None:
    assert is_refused(assertion(**{claim: None}))


@must("§9", "iss and sub are the client id")
@must("RFC 7523 §3", "the subject is the client id")
@pytest.mark.parametrize("claim", ["iss", "sub"])
@pytest.mark.parametrize("value", ["other", "", 7, ["signer"]])
def test_it_refuses_an_assertion_about_somebody_else(claim: str, value: object) -> None:
    make_client("other")

    assert is_refused(assertion(**{claim: value}))


@must("§9", "aud is checked: an assertion for another server is refused")
@must("RFC 7523 §3", "aud is this server")
@pytest.mark.parametrize("audience", ["https://elsewhere.example", f"{ISSUER}/", "", [], "signer"])
def test_it_refuses_an_assertion_for_another_server(audience: object) -> None:
    assert is_refused(assertion(aud=audience))


@must("§9", "aud may be the token endpoint")
@must("RFC 7523 §3", "aud may be the token endpoint's URL, or a list")
@pytest.mark.parametrize(
    "audience",
    [
        ISSUER,
        [ISSUER],
        f"{ISSUER}/protocol/openid-connect/token",
        [ISSUER, "http://testserver/api/v2/token"],
        f"{ISSUER}/protocol/openid-connect/token/introspect",
    ],
)
def test_it_takes_an_assertion_for_an_endpoint_of_ours(audience: object) -> None:
    assert send(assertion(aud=audience)).status_code == 200


@must("§9", "jti: an assertion is good once")
def test_it_refuses_an_assertion_the_second_time() -> None:
    once = assertion()

    assert send(once).status_code == 200
    assert is_refused(once)


@must("RFC 7523 §3", "an assertion past its exp is refused")
def test_it_refuses_an_expired_assertion() -> None:
    assert is_refused(assertion(exp=int(time.time()) - 60))


@must("RFC 7523 §3", "an exp far ahead may be refused")
def test_it_refuses_an_assertion_that_lives_too_long() -> None:
    assert is_refused(assertion(exp=int(time.time()) + 86_400))


@must("RFC 7523 §3", "an assertion before its nbf is refused")
def test_it_refuses_an_assertion_whose_time_has_not_come() -> None:
    assert is_refused(assertion(nbf=int(time.time()) + 60))


@must("RFC 7523 §3", "an iat in the future is refused")
def test_it_refuses_an_assertion_of_the_future() -> None:
    assert is_refused(assertion(iat=int(time.time()) + 60))


@must("RFC 7523 §3", "claims that nobody knows do no harm")
def test_it_ignores_other_claims() -> None:
    assert send(assertion(colour="green")).status_code == 200


@must("RFC 7523 §3", "an assertion with a signature that isn't the client's is refused")
def test_it_refuses_the_signature_of_a_stranger() -> None:
    assert is_refused(assertion(signed_by="stranger"))


@must("RFC 7523 §3", "an assertion without a signature is refused")
def test_it_refuses_an_unsigned_assertion() -> None:
    claims = pyjwt.decode(assertion(), options={"verify_signature": False})

    assert is_refused(pyjwt.encode(claims, "", "none"))


@must("RFC 7523 §3", "a public key is no shared secret")
def test_it_refuses_an_assertion_signed_with_a_secret() -> None:
    claims = pyjwt.decode(assertion(), options={"verify_signature": False})

    assert is_refused(pyjwt.encode(claims, SECRET, "HS256", headers={"kid": "own"}))


@must("RFC 7523 §3", "what is no valid JWT otherwise is refused")
@pytest.mark.parametrize("nonsense", ["nonsense", "a.b.c", "e30.e30.", "."])
def test_it_refuses_what_is_no_jwt(nonsense: str) -> None:
    assert is_refused(nonsense)


@must("RFC 7523 §3.2", "a bad assertion is an invalid_client")
def test_it_says_invalid_client() -> None:
    answer = send(assertion(signed_by="stranger"))

    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


@must("RFC 7523 §5", "RS256 is supported")
def test_it_supports_rs256() -> None:
    assert pyjwt.get_unverified_header(assertion())["alg"] == "RS256"
    assert key("own").key_size >= 2048


@must("§9", "the client authenticates so at every endpoint where clients do")
@pytest.mark.parametrize("endpoint", ["revoke", "token/introspect"])
def test_it_takes_assertions_at_other_endpoints(endpoint: str) -> None:
    body = {"client_assertion": assertion(), "client_assertion_type": TYPE, "token": "nobody-gave-this"}

    assert post(endpoint, None, **body).status_code == 200
