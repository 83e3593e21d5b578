"""The provider of our tests itself: an attack that is not one would be refused by anything."""

import pytest
from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.client import Saml2Client
from saml2.config import SPConfig
from saml2.metadata import entity_descriptor
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from tests.sso import forging, malformed, odd_signatures, signing, wrapping
from tests.sso.bindings import Asked, fields_of
from tests.sso.idp import IdP
from tests.sso.idp_keys import key
from tests.sso.signing import NAMES, verifies
from tests.sso.wrapping import VICTIM

SP = "https://sp.example.com"
ASKED = Asked("_asked", SP, f"{SP}/acs")


@pytest.fixture(scope="module")
def idp() -> IdP:
    return IdP()


@pytest.fixture(scope="module")
def genuine(idp: IdP) -> bytes:
    return idp.response(ASKED, name_id=f"{VICTIM}.mallory", attributes={"email": ["victim@acme.com.mallory.example"]})


def service_provider(idp: IdP) -> Saml2Client:
    ours = {"key_file": str(key("sp").private), "cert_file": str(key("sp").certificate)}
    endpoints = {"assertion_consumer_service": [(f"{SP}/acs", BINDING_HTTP_POST)]}
    told = {
        "entityid": SP,
        **ours,
        "encryption_keypairs": [ours],
        "xmlsec_binary": signing.xmlsec1(),
        "signing_algorithm": SIG_RSA_SHA256,
        "digest_algorithm": DIGEST_SHA256,
        "metadata": {"inline": [idp.metadata()]},
        "allow_unknown_attributes": True,
        "service": {"sp": {"endpoints": endpoints, "authn_requests_signed": True, "want_assertions_signed": True}},
    }
    return Saml2Client(config=SPConfig().load(told))


@pytest.mark.parametrize("block", [None, "aes128-cbc", "aes256-gcm"])
def test_another_librarys_service_provider_believes_it(block: signing.Block | None) -> None:
    idp = IdP(keys=[key("one"), key("two")])
    sp = service_provider(idp)
    idp.trust(str(entity_descriptor(sp.config)))
    ident, _, sent = sp.prepare_for_negotiated_authenticate(idp.entity_id, "/next", BINDING_HTTP_REDIRECT, sign=True)

    asked = idp.read(dict(sent["headers"])["Location"])
    answer = idp.answer(asked, encrypted=bool(block), block=block or "aes256-gcm", key=key("two"))

    said = sp.parse_authn_request_response(answer, BINDING_HTTP_POST, outstanding={ident: "/"})
    assert (asked.id, asked.acs, asked.relay_state) == (ident, f"{SP}/acs", "/next")
    assert (said.name_id.text, said.ava["GROUPS"]) == ("jane", ["researchers", "ml"])


def test_it_refuses_a_request_that_was_changed() -> None:
    idp = IdP()
    sp = service_provider(idp)
    idp.trust(str(entity_descriptor(sp.config)))
    _, _, sent = sp.prepare_for_negotiated_authenticate(idp.entity_id, "/next", BINDING_HTTP_REDIRECT, sign=True)

    with pytest.raises(Exception, match="not signed correctly"):
        idp.read(dict(sent["headers"])["Location"].replace("next", "other"))


@pytest.mark.parametrize("element", [".", "saml:Assertion"])
def test_both_of_its_signatures_verify(genuine: bytes, element: str) -> None:
    ident = etree.fromstring(genuine).find(element, NAMES).get("ID")

    assert verifies(genuine, key(), ident)
    assert not verifies(genuine, key("stranger"), ident)
    assert not verifies(forging.another_name(genuine), key(), ident)


@pytest.mark.parametrize("name", wrapping.WRAPPINGS)
def test_a_wrapping_names_the_victim_beside_a_signature(genuine: bytes, name: str) -> None:
    message = wrapping.WRAPPINGS[name](genuine)

    names = [found.text for found in etree.fromstring(message).iterfind(".//saml:NameID", NAMES)]
    assert sorted(names) == [VICTIM, f"{VICTIM}.mallory"]
    assert etree.fromstring(message).find(".//ds:Signature", NAMES) is not None


@pytest.mark.parametrize("name", ["XSW2", "XSW3", "XSW4", "XSW5", "XSW-B", "XSW-C", "XSW-D"])
def test_a_wrapping_keeps_the_signature_good(genuine: bytes, name: str) -> None:
    where = "_forged" if name in wrapping.OF_RESPONSES else ""

    assert verifies(wrapping.WRAPPINGS[name](genuine), key(), where)


def test_a_comment_keeps_the_signature_good(genuine: bytes) -> None:
    message = forging.comment_in_email(forging.comment_in_name(genuine))

    assert verifies(message, key())
    assert etree.fromstring(message).find(forging.NAME_ID, NAMES).text == VICTIM


@pytest.mark.parametrize("name", sorted(set(odd_signatures.ODD_SIGNATURES) - {"by_hmac", "by_stranger"}))
def test_an_odd_signature_verifies(genuine: bytes, name: str) -> None:
    assert verifies(odd_signatures.ODD_SIGNATURES[name](genuine), key())


@pytest.mark.parametrize("change", [*forging.CHANGES.values(), *malformed.DIALECTS.values(), *malformed.BOMBS.values()])
def test_a_change_changes(genuine: bytes, change: wrapping.Forgery) -> None:
    assert change(genuine) != genuine


def test_a_stranger_brings_the_own_certificate(genuine: bytes) -> None:
    message = odd_signatures.by_stranger(genuine)

    assert verifies(message, key("stranger"))
    assert key("stranger").body.encode() in message


def test_its_redirects_carry_every_field() -> None:
    idp = IdP()
    slo = f'<md:SingleLogoutService Binding="{BINDING_HTTP_REDIRECT}" Location="{SP}/slo"/>'
    role = f'<md:SPSSODescriptor protocolSupportEnumeration="{NAMES["samlp"]}">{slo}</md:SPSSODescriptor>'
    idp.trust(f'<md:EntityDescriptor xmlns:md="{NAMES["md"]}" entityID="{SP}">{role}</md:EntityDescriptor>')

    sent = idp.logout_request("jane", "_1", binding="redirect", relay_state="x")

    assert isinstance(sent, str) and sent.startswith(f"{SP}/slo?")
    assert set(fields_of(sent)) == {"SAMLRequest", "RelayState", "SigAlg", "Signature"}
