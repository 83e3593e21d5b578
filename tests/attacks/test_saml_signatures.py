"""S01, S02, S04, S12, S15: what is not signed by a pinned key, in full, is not believed. Genuine responses, forged."""

from collections.abc import Callable
from typing import Any

import pytest
from saml2.xmldsig import DIGEST_SHA1, SIG_RSA_SHA1

from tests.attacks.refused import refused
from tests.sso.bindings import posted
from tests.sso.forging import CHANGES, without_response_signature
from tests.sso.idp_keys import key
from tests.sso.odd_signatures import ODD_SIGNATURES
from tests.sso.signing_in import Visitor, last_attempt
from tests.sso.wrapping import WRAPPINGS

pytestmark = pytest.mark.slow

Forgery = Callable[[bytes], bytes]
# Those values make a comment inside them worth an attack.
MALLORY: dict[str, Any] = {"name_id": "victim.mallory", "attributes": {"email": ["victim@acme.com.mallory.example"]}}
UNTRUSTED = ("bad_signature", "bad_message", "bad_assertion")


def forged(visitor: Visitor, forge: Forgery) -> str:
    genuine = visitor.idp.response(visitor.idp.read(visitor.ask()), **MALLORY)
    answer = visitor.post(posted(forge(genuine)))
    assert last_attempt().code in UNTRUSTED
    return refused(visitor, answer, last_attempt().code)


def test_what_is_forged_here_would_be_believed_as_it_was(visitor: Visitor) -> None:
    visitor.sign_in(**MALLORY)

    assert visitor.is_signed_in()


@pytest.mark.parametrize("name", WRAPPINGS)
def test_s01_a_signature_is_wrapped_around_another_assertion(visitor: Visitor, name: str) -> None:
    assert forged(visitor, WRAPPINGS[name])


@pytest.mark.parametrize("name", CHANGES)
def test_s02_s03_a_signed_message_is_changed(visitor: Visitor, name: str) -> None:
    assert forged(visitor, CHANGES[name])


def test_the_response_need_not_be_signed(visitor: Visitor) -> None:
    genuine = visitor.idp.response(visitor.idp.read(visitor.ask()), **MALLORY)

    visitor.post(posted(without_response_signature(genuine)))

    assert visitor.is_signed_in()


@pytest.mark.parametrize("encrypted", [False, True], ids=["plain", "encrypted"])
def test_s04_nothing_is_signed(visitor: Visitor, encrypted: bool) -> None:
    answer = visitor.sign_in(sign_assertion=False, sign_response=False, encrypted=encrypted)

    assert refused(visitor, answer, "bad_signature") == "The assertion's signature"


@pytest.mark.parametrize("name", ODD_SIGNATURES)
def test_s12_s15_a_signature_is_made_in_another_way(visitor: Visitor, name: str) -> None:
    assert forged(visitor, ODD_SIGNATURES[name])


@pytest.mark.parametrize("encrypted", [False, True])
def test_s12_a_stranger_signs_with_a_key_of_their_own(visitor: Visitor, encrypted: bool) -> None:
    answer = visitor.sign_in(key=key("stranger"), encrypted=encrypted)

    assert "signature" in refused(visitor, answer, "bad_signature")


@pytest.mark.parametrize("weak", [{"algorithm": SIG_RSA_SHA1}, {"digest": DIGEST_SHA1}], ids=["signature", "digest"])
def test_s15_sha1(visitor: Visitor, weak: dict[str, str]) -> None:
    assert refused(visitor, visitor.sign_in(**weak), "bad_signature")


def test_s15_rsa_1_5_carries_the_key(visitor: Visitor) -> None:
    answer = visitor.sign_in(encrypted=True, transport="rsa-1_5")

    assert refused(visitor, answer, "bad_encryption") == "The Assertion can be decrypted"


def test_it_is_encrypted_for_somebody_else(visitor: Visitor) -> None:
    answer = visitor.sign_in(encrypted=key("stranger").certificate.read_bytes())

    assert refused(visitor, answer, "bad_encryption") == "The Assertion can be decrypted"
