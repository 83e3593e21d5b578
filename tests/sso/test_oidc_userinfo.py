"""Userinfo completes what the ID token says, and spoils none of it."""

import json
from typing import Any

import pytest

from sso.check_log import CheckLog, SignInRefused
from tests.sso.op import OP
from tests.sso.openid import sign_in

CLAIMS = {"email": "jane@acme.com", "email_verified": True, "groups": ["developers"]}
JSON = {"Content-Type": "application/json"}
NOTHING_USABLE = {
    "401": (401, {}, b'{"error": "invalid_token"}'),
    "403": (403, {"Content-Type": "text/html"}, b"<h1>no</h1>"),
    "404": (404, {}, b""),
    "no content": (204, {}, b""),
    "a JWT": (200, {"Content-Type": "application/jwt"}, b"e30.e30.e30"),
    "a JWT with a charset": (200, {"Content-Type": "Application/JWT; charset=UTF-8"}, b"e30.e30.e30"),
    "an empty body": (200, JSON, b""),
    "an empty object": (200, JSON, b"{}"),
    "null": (200, JSON, b"null"),
    "a list": (200, JSON, b"[]"),
    "HTML": (200, {"Content-Type": "text/html"}, b"<h1>no</h1>"),
    "nested without end": (200, JSON, b"[" * 100_000),
    "NUL in it": (200, JSON, b'{"sub": "jane-1", "name": "a\\u0000b"}'),
    "half a surrogate pair": (200, JSON, b'{"sub": "jane-1", "name": "\\ud800"}'),
}


@pytest.fixture
def said_by_the_id_token(op: OP) -> None:
    op.claims = dict(CLAIMS)


@pytest.mark.usefixtures("said_by_the_id_token")
@pytest.mark.parametrize("answer", NOTHING_USABLE.values(), ids=list(NOTHING_USABLE))
def test_it_signs_in_by_the_id_token_alone(op: OP, answer: tuple[int, dict[str, str], bytes]) -> None:
    op.instead["/userinfo"] = answer
    log = CheckLog()

    said = sign_in(op, log)

    assert said.attributes.items() >= CLAIMS.items()
    assert [check.verdict for check in log.checks if check.check == "Userinfo"][-1] == "noted"


@pytest.mark.usefixtures("said_by_the_id_token")
@pytest.mark.parametrize("name", ["email", "groups"])
@pytest.mark.parametrize("empty", [None, "", [], {}], ids=repr)
def test_an_empty_value_replaces_nothing(op: OP, name: str, empty: Any) -> None:
    op.user = {"sub": "jane-1", name: empty}

    assert sign_in(op, CheckLog()).attributes[name] == CLAIMS[name]


WORSE = [
    *(
        ("email", value)
        for value in (0, False, "jane", " jane@acme.com", ["jane@acme.com"], {"a": "b@c.com"}, "j@a@b.c")
    ),
    *(("groups", value) for value in (0, False, "x", True)),
]


@pytest.mark.usefixtures("said_by_the_id_token")
@pytest.mark.parametrize(("name", "value"), WORSE, ids=str)
def test_a_value_that_cant_be_used_replaces_nothing(op: OP, name: str, value: Any) -> None:
    op.user = {"sub": "jane-1", name: value, "email_verified": True}

    attributes = sign_in(op, CheckLog()).attributes

    assert attributes[name] == CLAIMS[name]
    assert attributes["email_verified"] is True


A, B, NO_ADDRESS = "jane@acme.com", "boss@acme.com", "jane"
# What the ID token says, what userinfo says, and whether the address that counts is verified then.
VERIFIED: list[tuple[dict[str, Any], dict[str, Any], Any]] = [
    ({"email": A, "email_verified": True}, {"email": "Jane@ACME.com"}, True),
    ({"email": A, "email_verified": True}, {"email": A, "email_verified": False}, False),
    ({"email": A, "email_verified": True}, {"email_verified": False}, False),
    ({"email": A, "email_verified": True}, {"email": B, "email_verified": False}, False),
    ({"email": A, "email_verified": True}, {"email": NO_ADDRESS, "email_verified": False}, True),
    ({"email": A, "email_verified": False}, {"email_verified": True}, False),
    ({"email": A, "email_verified": "false"}, {"email": A.upper(), "email_verified": True}, "false"),
    ({"email": A, "email_verified": False}, {"email": B, "email_verified": True}, True),
    ({"email": A, "email_verified": ""}, {"email": A, "email_verified": True}, True),
    ({"email": A}, {"email_verified": True}, True),
    ({"email": A}, {"email": None, "email_verified": True}, None),
    ({"email": A}, {"email": NO_ADDRESS, "email_verified": True}, None),
    ({}, {"email": A, "email_verified": True}, True),
    ({"email_verified": True}, {"email": A}, None),
    ({"email_verified": False}, {"email": A, "email_verified": True}, True),
]


@pytest.mark.parametrize(("in_token", "told", "verified"), VERIFIED, ids=str)
def test_both_have_to_say_yes_to_the_address_that_counts(
    op: OP, in_token: dict[str, Any], told: dict[str, Any], verified: object
) -> None:
    op.claims, op.user = in_token, {"sub": "jane-1", **told}

    assert sign_in(op, CheckLog()).attributes.get("email_verified") == verified


@pytest.mark.parametrize("where", ["user", "claims"])
def test_a_null_is_no_value(op: OP, where: str) -> None:
    setattr(op, where, {**getattr(op, where), "sub": "jane-1", "department": None})

    assert "department" not in sign_in(op, CheckLog()).attributes


@pytest.mark.usefixtures("said_by_the_id_token")
def test_a_verified_address_does_not_vouch_for_another(op: OP) -> None:
    op.user = {"sub": "jane-1", "email": "boss@acme.com"}

    attributes = sign_in(op, CheckLog()).attributes

    assert attributes["email"] == "boss@acme.com" and "email_verified" not in attributes


@pytest.mark.usefixtures("said_by_the_id_token")
@pytest.mark.parametrize(
    "user", [{"sub": "john-2"}, {"sub": None, "email": "x@acme.com"}, {"email": "x@acme.com"}], ids=json.dumps
)
def test_it_refuses_what_is_about_somebody_else(op: OP, user: dict[str, Any]) -> None:
    op.user = user

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, CheckLog())

    assert refused.value.code == "no_identity"
