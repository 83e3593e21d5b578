from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from sso import oidc
from sso.check_log import CheckLog, SignInRefused
from tests.sso.op import CLIENT_SECRET, KEY, OP, OTHER_KEY, PUBLIC_PEM, jwk
from tests.sso.openid import connected, now, sign_in, tells_no_secret


def test_it_says_who_signed_in_there(op: OP) -> None:
    log = CheckLog()

    said = sign_in(op, log)

    assert (said.issuer, said.subject, said.request_id) == (op.base, "jane-1", "_state")
    assert said.attributes["groups"] == ["developers"] and said.session_index == "session-1"
    assert said.authenticated_at is not None and said.refresh_token in op.refresh_tokens
    assert tells_no_secret(op, log)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_it_sends_the_secret_as_the_provider_takes_it(op: OP, method: str) -> None:
    op.metadata = {"token_endpoint_auth_methods_supported": [method]}

    assert sign_in(op, CheckLog()).subject == "jane-1"


@pytest.mark.parametrize("secret", ["a:b", "a b+c", "100%", "s\u00e9cret/\u20ac", "=&?#", "'\"\\"])
def test_it_encodes_the_halves_of_basic(op: OP, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.sso.op.CLIENT_SECRET", secret)
    monkeypatch.setattr("tests.sso.openid.CLIENT_SECRET", secret)

    assert sign_in(op, CheckLog()).subject == "jane-1"


@pytest.mark.parametrize("scopes", [[], ["email"], ["openid", "groups"]])
def test_it_always_asks_for_openid(op: OP, scopes: list[str]) -> None:
    outgoing, _ = oidc.begin(connected(op, scopes=scopes), request_id="_s", again=False, now=now())

    asked = dict(parse_qsl(urlsplit(outgoing.url).query))
    assert set(scopes) | {"openid"} <= set(asked["scope"].split())


def test_it_asks_to_sign_in_again(op: OP) -> None:
    outgoing, kept = oidc.begin(connected(op), request_id="_s", again=True, now=now())

    asked = dict(parse_qsl(urlsplit(outgoing.url).query))
    assert (asked["prompt"], asked["max_age"], asked["state"]) == ("login", "0", "_s")
    assert asked["nonce"] == kept["nonce"] and kept["code_verifier"] not in outgoing.url


HS_PUBLIC = {"key": PUBLIC_PEM, "algorithm": "HS256", "headers": {"kid": "one"}}
HS_SECRET = {"key": CLIENT_SECRET, "algorithm": "HS256", "headers": {"kid": "one"}}
NO_ALGORITHM = {"key": None, "algorithm": "none", "headers": {"kid": "one"}}
STRANGERS_KEY = {"key": OTHER_KEY, "algorithm": "RS256", "headers": {"kid": "one"}}
UNKNOWN_KID = {"key": KEY, "algorithm": "RS256", "headers": {"kid": "two"}}


@pytest.mark.parametrize("signed_by", [HS_SECRET, NO_ALGORITHM, STRANGERS_KEY, UNKNOWN_KID])
def test_it_refuses_an_id_token_that_the_provider_did_not_sign(op: OP, signed_by: dict[str, Any]) -> None:
    op.signed_by = signed_by
    log = CheckLog()

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, log)

    assert refused.value.code == "bad_signature"
    assert tells_no_secret(op, log)


def test_it_refuses_the_public_key_as_a_shared_secret(op: OP, monkeypatch: pytest.MonkeyPatch) -> None:
    # PyJWT would not make such a token.
    monkeypatch.setattr("jwt.algorithms.HMACAlgorithm.prepare_key", lambda self, key: key)
    op.signed_by = HS_PUBLIC

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog())

    assert refused.value.code == "bad_signature"


WRONG_CLAIMS = [
    ({"iss": "https://evil.example"}, "other_issuer"),
    ({"aud": "another"}, "other_audience"),
    ({"aud": ["runai", "another"]}, "other_audience"),
    ({"aud": ["runai", "another"], "azp": "another"}, "other_audience"),
    ({"azp": "another"}, "other_audience"),
    ({"exp": 1_000_000}, "bad_time"),
    ({"iat": 9_000_000_000}, "bad_time"),
    ({"nbf": 9_000_000_000}, "bad_time"),
    ({"nonce": None}, "bad_provider"),
    ({"nonce": "another"}, "bad_provider"),
    ({"nonce": "\N{LATIN SMALL LETTER E WITH ACUTE}"}, "bad_provider"),
    ({"at_hash": "another"}, "bad_provider"),
    ({"exp": None}, "bad_provider"),
    ({"sub": None}, "bad_provider"),
    ({"sub": " "}, "no_identity"),
    ({"sub": "x" * 513}, "no_identity"),
    ({"sub": "john-2"}, "no_identity"),
]


@pytest.mark.parametrize(("claims", "code"), WRONG_CLAIMS, ids=str)
def test_it_refuses_an_id_token_with_wrong_claims(op: OP, claims: dict[str, Any], code: str) -> None:
    op.claims = claims
    log = CheckLog()

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, log)

    assert refused.value.code == code
    assert tells_no_secret(op, log)


def test_a_provider_whose_clock_is_ahead_makes_nobody_recent_for_longer(op: OP) -> None:
    op.claims = {"auth_time": int(now().timestamp()) + 86_400}

    authenticated_at = sign_in(op, CheckLog()).authenticated_at

    assert authenticated_at is not None and authenticated_at <= now()


@pytest.mark.parametrize("auth_time", [10**20, True, "yesterday"])
def test_it_leaves_out_a_time_that_is_none(op: OP, auth_time: Any) -> None:
    op.claims = {"auth_time": auth_time}

    assert sign_in(op, CheckLog()).authenticated_at is None


HTML = {"Content-Type": "text/html"}
NESTED = b"[" * 100_000
WRONG_ANSWERS = [
    ("/token", (200, {}, NESTED), "bad_provider"),
    ("/jwks", (200, {}, NESTED), "bad_signature"),
    ("/token", (500, HTML, b"<h1>no</h1>"), "unreachable"),
    ("/token", (200, HTML, b"<h1>no</h1>"), "bad_provider"),
    ("/token", (200, {}, b"[]"), "bad_provider"),
    ("/token", (200, {}, b"{}"), "bad_provider"),
    ("/token", (200, {}, b'{"access_token": "a", "token_type": "Bearer"}'), "bad_provider"),
    ("/token", (302, {"Location": "http://127.0.0.1:1/"}, b""), "unreachable"),
    ("/token", (200, {}, b" " * (oidc.MOST_BYTES + 1)), "unreachable"),
    ("/token", (400, {}, b'{"error": "invalid_grant"}'), "bad_provider"),
    ("/userinfo", (503, HTML, b"<h1>no</h1>"), "unreachable"),
    ("/userinfo", (200, {}, b'{"sub": "john-2"}'), "no_identity"),
    ("/userinfo", (200, {}, b" " * (oidc.MOST_BYTES + 1)), "unreachable"),
    ("/jwks", (500, {}, b""), "unreachable"),
    ("/jwks", (200, HTML, b"<h1>no</h1>"), "bad_signature"),
    ("/jwks", (200, {}, b'{"keys": []}'), "bad_signature"),
]


@pytest.mark.parametrize(("path", "answer", "code"), WRONG_ANSWERS, ids=lambda value: str(value)[:60])
def test_it_refuses_wrong_answers(op: OP, path: str, answer: tuple[int, dict[str, str], bytes], code: str) -> None:
    op.instead[path] = answer
    log = CheckLog()

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, log)

    assert refused.value.code == code
    assert tells_no_secret(op, log)


def test_it_waits_for_nobody(op: OP, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.outbound.SECONDS", 0.2)
    op.hangs_at = "/token"

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog())

    assert refused.value.code == "unreachable"


WRONG_CALLBACKS = [
    ({"error": "access_denied"}, "provider_failed"),
    ({"iss": "https://evil.example"}, "other_issuer"),
    ({"code": ""}, "bad_provider"),
    ({"code": "another"}, "bad_provider"),
]


@pytest.mark.parametrize(("given", "code"), WRONG_CALLBACKS, ids=str)
def test_it_refuses_what_the_browser_should_not_bring(op: OP, given: dict[str, str], code: str) -> None:
    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog(), given=given)

    assert refused.value.code == code


MANDATORY: list[tuple[object, bool]] = [(["developers"], True), (["others"], False)]
KEPT_LONG_AGO: list[tuple[object, bool]] = [("developers", True), ("many developers", False), (5, False), (None, False)]


@pytest.mark.parametrize(("values", "admitted"), [*MANDATORY, *KEPT_LONG_AGO], ids=str)
def test_it_admits_by_the_mandatory_claim(op: OP, values: object, admitted: bool) -> None:
    claim = {"claim": "groups", "values": values}
    if admitted:
        assert sign_in(op, CheckLog(), mandatory_claim=claim).subject == "jane-1"
        return

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog(), mandatory_claim=claim)

    assert refused.value.code == "claim_missing"


def test_it_fetches_the_keys_again_when_the_provider_has_a_new_one(op: OP) -> None:
    sign_in(op, CheckLog())
    op.keys.append(jwk(OTHER_KEY, "two"))
    op.signed_by = {"key": OTHER_KEY, "algorithm": "RS256", "headers": {"kid": "two"}}

    sign_in(op, CheckLog())
    sign_in(op, CheckLog())

    assert op.asked.count("/jwks") == 2


def test_it_reaches_no_private_network_unless_that_is_listed(op: OP, settings: Any) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ()

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog())

    assert refused.value.code == "unreachable" and not op.asked


@pytest.mark.parametrize("chosen", ["client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("published", [["client_secret_basic"], ["client_secret_post"]])
def test_an_administrator_chooses_how_the_secret_is_sent(op: OP, chosen: str, published: list[str]) -> None:
    op.metadata = {"token_endpoint_auth_methods_supported": published}

    sign_in(op, CheckLog(), client_authentication=chosen)

    assert op.authenticated_by == [chosen]
