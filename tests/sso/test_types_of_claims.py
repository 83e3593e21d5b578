"""A token of another type, and a claim of another type than it has to be, from an OpenID Connect provider."""

import json
from typing import Any

import jwt
import pytest
from django.test import Client

from accounts.models import User
from common.actors import SYSTEM
from sso.check_log import CheckLog, SignInRefused
from sso.models import IdentityProvider
from sso.services.providers import connect_provider
from tests.cast import Tree
from tests.sso.op import CLIENT_ID, CLIENT_SECRET, JANE, OP
from tests.sso.openid import sign_in
from tests.sso.signing_in import last_attempt, path_of


def typed(op: OP, typ: Any) -> None:
    op.signed_by = {**op.signed_by, "headers": {"kid": "one", "typ": typ}}


@pytest.mark.parametrize("typ", ["JWT", "jwt", "Jwt", "application/jwt", "application/JWT", None])
def test_an_id_token_says_that_it_is_a_jwt_or_nothing(op: OP, typ: Any) -> None:
    typed(op, typ)

    assert sign_in(op, CheckLog()).subject == "jane-1"


@pytest.mark.parametrize(
    "typ",
    ["at+jwt", "AT+JWT", "application/at+jwt", "logout+jwt", "dpop+jwt", "ID", "jwt ", "jwt;x", "text/jwt"],
)
def test_a_token_of_another_type_is_none(op: OP, typ: str) -> None:
    typed(op, typ)
    log = CheckLog()

    with pytest.raises(SignInRefused) as refused:
        sign_in(op, log)

    assert refused.value.code == "bad_signature" and repr(typ) in log.checks[-1].detail


@pytest.mark.parametrize("typ", [1, True, ["JWT"], {"a": 1}])
def test_a_type_that_is_no_text_is_refused(op: OP, typ: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # PyJWT writes none, so that its reader is told.
    read = jwt.get_unverified_header
    monkeypatch.setattr("sso.id_token.jwt.get_unverified_header", lambda raw: {**read(raw), "typ": typ})

    with pytest.raises(SignInRefused):
        sign_in(op, CheckLog())


@pytest.fixture
def acme(tree: Tree, op: OP) -> IdentityProvider:
    return connect_provider(
        actor=SYSTEM,
        alias="acme",
        type="oidc",
        metadata=json.dumps(op.discovery()),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        first_name_attribute="given_name",
        uid_attribute="uid",
        enabled=True,
    )


def come_back(client: Client, acme: IdentityProvider, op: OP, **told: Any) -> Any:
    op.user = {**JANE, **told}
    sent = client.get(path_of(acme, "login"))
    return client.get(path_of(acme, "endpoint"), op.authorize(sent["Location"]))


BOSS = "boss@acme.com"


@pytest.mark.parametrize(
    ("email", "why"),
    [
        ({"address": BOSS}, "is an object"),
        ({"0": BOSS, "1": BOSS}, "is an object"),
        ([BOSS], "is a list"),
        ([BOSS, BOSS], "is a list"),
        (7, "is not an e-mail address"),
        (True, "is not an e-mail address"),
    ],
)
def test_an_address_is_one_text(client: Client, acme: IdentityProvider, op: OP, email: Any, why: str) -> None:
    answer = come_back(client, acme, op, email=email)

    assert (answer.status_code, last_attempt().code) == (401, "no_email")
    assert why in last_attempt().checks[-1]["detail"]
    assert not User.objects.filter(email=BOSS).exists()


@pytest.mark.parametrize("value", [{"a": "Boss"}, ["Boss"], 7])
def test_a_name_of_another_type_is_left_out(client: Client, acme: IdentityProvider, op: OP, value: Any) -> None:
    come_back(client, acme, op, given_name=value, uid={"a": 7})

    user = User.objects.get(email=JANE["email"])
    assert (user.first_name, user.uid) == ("", None)
