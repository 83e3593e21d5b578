"""A second factor at the provider: what it says of it is in the session, and in tokens."""

import json
from typing import Any

import pytest
from django.test import Client

from accounts.models import Session
from common.actors import SYSTEM
from sso.authn_context import MICROSOFTS, methods
from sso.models import IdentityProvider
from sso.services.providers import connect_provider
from tests.cast import Tree
from tests.sso.idp import IdP
from tests.sso.op import CLIENT_ID, CLIENT_SECRET, OP
from tests.sso.signing_in import JANE, Visitor, connect
from tests.sso.test_openid_round_trip import sign_in

REFEDS = "https://refeds.org/profile/mfa"


@pytest.fixture
def acme(tree: Tree, op: OP) -> IdentityProvider:
    return connect_provider(
        actor=SYSTEM,
        alias="acme",
        type="oidc",
        metadata=json.dumps(op.discovery()),
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        enabled=True,
    )


@pytest.mark.parametrize(
    ("claims", "amr", "acr"),
    [
        ({}, ["fed"], "1"),
        ({"amr": ["pwd"]}, ["fed", "pwd"], "1"),
        ({"amr": ["pwd", "mfa", "otp"]}, ["fed", "mfa", "otp", "pwd"], "2"),
        ({"acr": REFEDS}, ["fed", "mfa"], "2"),
        ({"acr": "https://refeds.org/profile/sfa"}, ["fed"], "1"),
        ({"amr": ["made-up", 1, None, ["mfa"]], "acr": ["x"]}, ["fed"], "1"),
        ({"amr": "mfa", "acr": {"a": 1}}, ["fed"], "1"),
    ],
)
def test_openid_connect_says_it_by_amr_and_acr(
    client: Client, acme: IdentityProvider, op: OP, claims: dict[str, Any], amr: list[str], acr: str
) -> None:
    op.claims = claims

    assert sign_in(client, acme, op).status_code == 302

    session = Session.objects.get()
    assert (session.amr, session.acr) == (amr, acr)


@pytest.mark.parametrize(
    ("told", "acr"),
    [
        ({}, "1"),
        ({"authn_context": REFEDS}, "2"),
        ({"authn_context": f" {REFEDS}\n"}, "2"),
        ({"attributes": {**JANE, MICROSOFTS: ["http://schemas.microsoft.com/claims/multipleauthn"]}}, "2"),
        ({"attributes": {**JANE, MICROSOFTS: ["urn:oasis:names:tc:SAML:2.0:ac:classes:Password"]}}, "1"),
        ({"attributes": {**JANE, "mfa": ["mfa"]}}, "1"),
    ],
)
def test_saml_says_it_by_the_class_of_the_authentication_context(tree: Tree, told: dict[str, Any], acr: str) -> None:
    idp = IdP()
    visitor = Visitor(idp, connect(idp))

    assert visitor.sign_in(**told).status_code == 302

    assert Session.objects.get().acr == acr


def test_words_that_nobody_knows_are_left_out() -> None:
    assert methods(["otp", "otp", "rm -rf", "MFA"], [None, 7]) == ("otp",)
