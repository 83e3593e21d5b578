"""A provider is asked for a second factor, and what it says it did is checked where one is required."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from saml2 import samlp

from accounts.models import Session
from common.actors import SYSTEM
from sso import oidc
from sso.authn_context import MICROSOFTS
from sso.models import IdentityProvider
from sso.services.providers import update_provider
from sso.services.second_factor import CHECK
from tests.cast import Tree
from tests.sso.bindings import fields_of, xml_of
from tests.sso.idp import IdP
from tests.sso.op import OP
from tests.sso.openid import connected, now
from tests.sso.signing_in import JANE, Visitor, connect, failed_checks, last_attempt
from tests.sso.test_authn_context import REFEDS
from tests.sso.test_authn_context import acme as acme
from tests.sso.test_openid_round_trip import sign_in

CORPS = "urn:corp:strong"
PASSWORD = "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"
MULTIPLE = "http://schemas.microsoft.com/claims/multipleauthn"


@pytest.fixture
def idp() -> IdP:
    return IdP()


def asked_for(sent: str) -> samlp.RequestedAuthnContext | None:
    message: Any = samlp.authn_request_from_string(xml_of(sent, fields_of(sent)["SAMLRequest"]))
    context: samlp.RequestedAuthnContext | None = message.requested_authn_context
    return context


@pytest.mark.parametrize(
    ("settings", "classes", "comparison"),
    [
        ({"second_factor": "ask"}, [REFEDS], "exact"),
        ({"second_factor": "require", "authn_contexts": [CORPS, REFEDS]}, [CORPS, REFEDS], "exact"),
        ({"second_factor": "require", "authn_comparison": "minimum"}, [REFEDS], "minimum"),
    ],
)
def test_saml_asks_by_requested_authn_context(
    tree: Tree, idp: IdP, settings: dict[str, Any], classes: list[str], comparison: str
) -> None:
    context = asked_for(Visitor(idp, connect(idp, **settings)).ask())

    assert context is not None and context.comparison == comparison
    assert [one.text for one in context.authn_context_class_ref] == classes


def test_saml_asks_for_nothing_unless_told_to(tree: Tree, idp: IdP) -> None:
    assert asked_for(Visitor(idp, connect(idp)).ask()) is None


@pytest.mark.parametrize(
    ("settings", "told", "acr"),
    [
        ({"second_factor": "require"}, {"authn_context": REFEDS}, "2"),
        ({"second_factor": "require", "authn_contexts": [CORPS]}, {"authn_context": CORPS}, "2"),
        ({"second_factor": "require"}, {"attributes": {**JANE, MICROSOFTS: [MULTIPLE]}}, "2"),
        ({"second_factor": "require"}, {"authn_context": PASSWORD}, None),
        ({"second_factor": "require"}, {"authn_context": CORPS}, None),
        ({"second_factor": "require", "authn_contexts": [CORPS]}, {"authn_context": f"{CORPS}er"}, None),
        ({"second_factor": "require"}, {}, None),
        ({"second_factor": "ask"}, {"authn_context": PASSWORD}, "1"),
        ({"authn_contexts": [CORPS]}, {"authn_context": CORPS}, "2"),
    ],
)
def test_saml_is_taken_at_its_word(
    tree: Tree, idp: IdP, settings: dict[str, Any], told: dict[str, Any], acr: str | None
) -> None:
    answer = Visitor(idp, connect(idp, **settings)).sign_in(**told)

    assert [session.acr for session in Session.objects.all()] == ([acr] if acr else [])
    if acr is None:
        assert answer.status_code == 403 and "needs a second factor" in answer.content.decode()
        assert last_attempt().code == "second_factor_missing" and failed_checks(last_attempt()) == [CHECK]


def test_a_sign_in_that_nobody_asked_for_needs_it_too(tree: Tree, idp: IdP) -> None:
    visitor = Visitor(idp, connect(idp, second_factor="require", allow_idp_initiated=True))
    asked = idp.read(visitor.ask())

    visitor.post(idp.answer(asked, in_response_to=None, name_id="jane-1", attributes=JANE))

    assert not Session.objects.exists() and last_attempt().code == "second_factor_missing"


@pytest.mark.parametrize(
    ("second_factor", "understood", "asked"),
    [
        ("", True, {}),
        ("ask", True, {"acr_values": f"{CORPS} {REFEDS}"}),
        ("require", False, {"acr_values": f"{CORPS} {REFEDS}"}),
        ("require", True, {"claims": {"id_token": {"acr": {"essential": True, "values": [CORPS, REFEDS]}}}}),
    ],
)
def test_openid_connect_asks_by_acr(op: OP, second_factor: str, understood: bool, asked: dict[str, Any]) -> None:
    op.metadata = {"claims_parameter_supported": understood}
    provider = connected(op, second_factor=second_factor, authn_contexts=[CORPS, REFEDS])

    outgoing, _ = oidc.begin(provider, request_id="_s", again=False, now=now())

    sent = dict(parse_qsl(urlsplit(outgoing.url).query))
    found: dict[str, Any] = {name: sent[name] for name in ("acr_values", "claims") if name in sent}
    assert {**found, **({"claims": json.loads(found["claims"])} if "claims" in found else {})} == asked


@pytest.mark.parametrize(
    ("claims", "acr"),
    [
        ({"amr": ["pwd", "mfa"]}, "2"),
        ({"acr": CORPS}, "2"),
        ({"acr": "0"}, None),
        ({"amr": ["pwd"]}, None),
        ({"acr": [CORPS]}, None),
        ({}, None),
    ],
)
def test_openid_connect_is_checked(
    client: Client, acme: IdentityProvider, op: OP, claims: dict[str, Any], acr: str | None
) -> None:
    update_provider(actor=SYSTEM, provider=acme, second_factor="require", authn_contexts=[CORPS])
    op.claims = claims

    sign_in(client, acme, op)

    assert [session.acr for session in Session.objects.all()] == ([acr] if acr else [])


@pytest.mark.parametrize("contexts", ["a", [""], ["a b"], [1], ["x" * 513], ["a"] * 21, ["a\n"]])
def test_contexts_are_words(contexts: Any) -> None:
    provider = IdentityProvider(alias="corp", type="saml", name="Corp", authn_contexts=contexts)

    with pytest.raises(ValidationError) as refused:
        provider.clean()

    assert "authn_contexts" in refused.value.message_dict


def test_openshift_can_not_be_asked() -> None:
    with pytest.raises(ValidationError):
        IdentityProvider(alias="corp", type="openshift-v4", name="Corp", second_factor="ask").clean()
