"""What may stand in a registration: a table of what is taken, one of what is refused, and by which word."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from common.errors import Invalid
from tests.tokens.registering import DEVICE, ec_jwk, public, rsa_jwk
from tokens.client_metadata import READERS, Registration, columns_of, registration_of, revised
from tokens.models import Application

ROBOT = Registration()
CODE = ["authorization_code"]
WEB: dict[str, list[str]] = {"grant_types": CODE, "redirect_uris": ["https://shop.example.com/callback"]}


def by_keys(*keys: Any) -> dict[str, Any]:
    return {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": list(keys)}}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        WEB,
        {**WEB, "redirect_uris": ["http://127.0.0.1:8000/cb", "http://localhost/cb", "https://a.example/?x=1"]},
        {**WEB, "application_type": "native", "redirect_uris": ["com.example.app:/callback", "http://[::1]/cb"]},
        {"client_type": "public", "grant_types": ["refresh_token", DEVICE]},
        {**WEB, "token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"allowed_origins": ["https://app.example.com", "https://app.example.com:8443", "http://localhost:3000"]},
        {"scopes": ["openid"], "algorithm": "ES256", "access_token_seconds": 30},
        {"scopes": []},
        {**WEB, "require_pkce": False},
        {"backchannel_logout_uri": "https://shop.example.com/logout", "backchannel_logout_session_required": False},
        {"backchannel_logout_uri": "http://127.0.0.1:9000/logout"},
        {"access_token_seconds": None},
    ],
)
def test_it_takes(changes: dict[str, Any]) -> None:
    taken = vars(revised(ROBOT, changes))

    assert {name: taken[name] for name in changes} == changes


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_type", "secret"),
        ("client_type", None),
        ("application_type", "desktop"),
        ("token_endpoint_auth_method", "client_secret_jwt"),
        ("token_endpoint_auth_method", ["none"]),
        ("grant_types", []),
        ("grant_types", ["implicit"]),
        ("grant_types", ["password"]),
        ("grant_types", CODE[0]),
        ("grant_types", [CODE]),
        ("scopes", ["openid", "admin"]),
        ("scopes", "openid"),
        ("audiences", "runai"),
        ("audiences", [""]),
        ("audiences", [1]),
        ("require_pkce", "no"),
        ("first_party", 1),
        ("algorithm", "HS256"),
        ("algorithm", "none"),
        ("access_token_seconds", 29),
        ("access_token_seconds", 86_401),
        ("access_token_seconds", True),
        ("access_token_seconds", "60"),
        ("access_token_seconds", 60.5),
        ("display_name", "x" * 101),
        ("display_name", "Shop\u202epohS"),
        ("display_name", "a\nb"),
        ("display_name", 5),
        ("allowed_origins", ["*"]),
        ("allowed_origins", ["null"]),
        ("allowed_origins", ["https://a.example/"]),
        ("allowed_origins", ["https://A.example"]),
        ("allowed_origins", ["https://a.example:443"]),
        ("allowed_origins", ["http://a.example"]),
        ("allowed_origins", ["https://*.a.example"]),
        ("allowed_origins", ["https://u@a.example"]),
        ("allowed_origins", ["https://a.example:x"]),
        ("post_logout_redirect_uris", ["http://a.example/"]),
        ("post_logout_redirect_uris", "https://a.example"),
        ("backchannel_logout_uri", "http://a.example/"),
        ("backchannel_logout_uri", "https://a.example/#x"),
        ("backchannel_logout_uri", "file:///etc/passwd"),
        ("backchannel_logout_uri", "https://u:p@a.example/"),
        ("backchannel_logout_session_required", None),
        ("jwks", "https://a.example/keys"),
        ("secret_hash", "0" * 64),
        ("built_in", True),
        ("name", "other"),
    ],
)
def test_it_refuses_and_names_the_field(field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        revised(ROBOT, {field: value})

    assert refused.value.code == "invalid_client_metadata"
    assert refused.value.message.startswith(f"{field}: ")


@pytest.mark.parametrize(
    "uris",
    [
        [],
        "https://a.example/",
        ["http://a.example/"],
        ["https://a.example/#"],
        ["https://a.example/*"],
        ["https://a.example/ b"],
        ["https://u@a.example/"],
        ["javascript:alert(1)"],
        ["com.example.app:/cb"],
        ["https://a.example\\@b.example/"],
        ["https:///path"],
        ["https://a.example:99999/"],
        ["/callback"],
        [""],
        ["https://a.example/" + "x" * 2000],
        ["https://a.example/\x00"],
        ["https://ä.example/"],
        [f"https://a.example/{number}" for number in range(51)],
        [None],
    ],
)
def test_it_refuses_redirect_uris_by_their_own_word(uris: object) -> None:
    with pytest.raises(Invalid) as refused:
        revised(ROBOT, {"grant_types": CODE, "redirect_uris": uris})

    assert refused.value.code == "invalid_redirect_uri"
    assert refused.value.message.startswith("redirect_uris: ")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_type": "public", "grant_types": ["client_credentials"]},
        {"client_type": "public", "token_endpoint_auth_method": "client_secret_basic", **WEB},
        {"client_type": "confidential", "token_endpoint_auth_method": "none", **WEB},
        {"client_type": "public", "require_pkce": False, **WEB},
        {"client_type": "public"},
    ],
)
def test_it_refuses_what_does_not_go_together(changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        revised(ROBOT, changes)


@pytest.mark.parametrize("key", [rsa_jwk(), ec_jwk()])
def test_it_keeps_public_keys_and_nothing_else_of_them(key: dict[str, Any]) -> None:
    sent = public(key, kid="k1", use="sig", x5c=["MII…"], note="mine")

    kept = revised(ROBOT, by_keys(sent)).jwks

    assert kept == {"keys": [public(key, kid="k1", use="sig")]}


def far_too_long(number: bytes) -> str:
    return base64.urlsafe_b64encode(number * 2000).decode()


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([], "of 1 to 10 keys"),
        (["key"], "of 1 to 10 keys"),
        ([rsa_jwk()], "key 1 has private members"),
        ([public(rsa_jwk(), kid="a"), {**ec_jwk(), "kid": "b"}], "key 2 has private members"),
        ([{"kty": "oct", "k": "c2VjcmV0"}], "key 1 has private members"),
        ([{"kty": "oct"}], "neither RSA nor EC"),
        ([public(ec_jwk(ec.SECP384R1))], "neither RSA nor EC"),
        ([public(rsa_jwk(1024))], "shorter than 2048 bits"),
        ([public(rsa_jwk(), use="enc")], "not for signatures"),
        ([public(rsa_jwk(), alg="HS256")], "key 1"),
        ([public(rsa_jwk(), alg="RS512")], "not for signatures"),
        ([public(rsa_jwk(), n=far_too_long(b"\xff"))], "too long"),
        ([public(rsa_jwk(), n=5)], "no text"),
        ([public(rsa_jwk(), kid=["a"])], "no text"),
        ([public(ec_jwk(), y="AAAA")], "can't be read"),
        ([{"kty": "RSA"}], "can't be read"),
        ([public(rsa_jwk()), public(ec_jwk())], "a kid of its own"),
        ([public(rsa_jwk(), kid="a"), public(ec_jwk(), kid="a")], "a kid of its own"),
    ],
)
def test_it_refuses_keys(keys: list[Any], told: str) -> None:
    with pytest.raises(Invalid, match=told) as refused:
        revised(ROBOT, by_keys(*keys))

    assert refused.value.message.startswith("jwks: ")


def test_it_wants_keys_for_private_key_jwt_and_for_nothing_else() -> None:
    with pytest.raises(Invalid, match="needs the client's public keys"):
        revised(ROBOT, {"token_endpoint_auth_method": "private_key_jwt"})
    with pytest.raises(Invalid, match="keys are for"):
        revised(ROBOT, {"jwks": {"keys": [public(ec_jwk())]}})


def test_it_forgets_what_no_longer_applies() -> None:
    with_key = revised(ROBOT, by_keys(public(ec_jwk())))

    assert revised(with_key, {"token_endpoint_auth_method": "client_secret_basic"}) == ROBOT
    turned_public = revised(with_key, {"client_type": "public", "redirect_uris": WEB["redirect_uris"]})
    assert (turned_public.token_endpoint_auth_method, turned_public.jwks) == ("none", None)
    assert turned_public.grant_types == ["authorization_code", "refresh_token"]
    assert revised(turned_public, {"client_type": "confidential"}).token_endpoint_auth_method == "client_secret_basic"


def test_it_drops_repetitions() -> None:
    twice = revised(
        ROBOT, {"grant_types": CODE * 2, "redirect_uris": WEB["redirect_uris"] * 2, "scopes": ["openid"] * 2}
    )

    assert (twice.grant_types, twice.redirect_uris, twice.scopes) == (CODE, WEB["redirect_uris"], ["openid"])


def test_it_goes_into_the_row_and_comes_back() -> None:
    registration = revised(ROBOT, {**WEB, "redirect_uris": ["https://a.example/1", "https://a.example/2"]})

    assert registration_of(Application(**columns_of(registration))) == registration


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    changes=st.dictionaries(st.sampled_from(sorted(READERS)), JSON | st.fixed_dictionaries({"keys": JSON}), max_size=4)
)
def test_it_survives_whatever_is_sent(changes: dict[str, Any]) -> None:
    try:
        registration = revised(ROBOT, changes)
    except Invalid as refused:
        assert refused.code in ("invalid_client_metadata", "invalid_redirect_uri")
    else:
        assert revised(registration, vars(registration)) == registration
