"""Genuine responses, changed by whoever carries them."""

from typing import Any

from lxml import etree

from tests.sso.signing import DSIG, NAMES
from tests.sso.wrapping import VICTIM, VICTIM_EMAIL, Forgery, signature_of, unsigned

NAME_ID = "saml:Assertion/saml:Subject/saml:NameID"
EMAIL = "saml:Assertion//saml:Attribute[@Name='email']/saml:AttributeValue"


def another_name(message: bytes) -> bytes:
    root = etree.fromstring(message)
    root.find(NAME_ID, NAMES).text = VICTIM
    return _text(root)


def another_email(message: bytes) -> bytes:
    root = etree.fromstring(message)
    root.find(EMAIL, NAMES).text = VICTIM_EMAIL
    return _text(root)


def comment_in_name(message: bytes) -> bytes:
    """Of somebody named `victim…`: canonical XML forgets comments, so the signature stays good."""
    return _split(message, NAME_ID, VICTIM, etree.Comment("x"))


def comment_in_email(message: bytes) -> bytes:
    """Of somebody with the address `victim@acme.com…`."""
    return _split(message, EMAIL, VICTIM_EMAIL, etree.Comment("x"))


def instruction_in_name(message: bytes) -> bytes:
    return _split(message, NAME_ID, VICTIM, etree.ProcessingInstruction("x"))


def instruction_in_email(message: bytes) -> bytes:
    return _split(message, EMAIL, VICTIM_EMAIL, etree.ProcessingInstruction("x"))


def element_in_name(message: bytes) -> bytes:
    return _split(message, NAME_ID, VICTIM, etree.Element("x"))


def without_response_signature(message: bytes) -> bytes:
    return _text(unsigned(etree.fromstring(message)))


def without_assertion_signature(message: bytes) -> bytes:
    root = etree.fromstring(message)
    assertion = root.find("saml:Assertion", NAMES)
    assertion.remove(signature_of(assertion))
    return _text(root)


def without_signatures(message: bytes) -> bytes:
    root = etree.fromstring(message)
    for signature in root.findall(".//ds:Signature", NAMES):
        signature.getparent().remove(signature)
    return _text(root)


def without_signature_value(message: bytes) -> bytes:
    root = etree.fromstring(message)
    for value in root.iter(f"{{{DSIG}}}SignatureValue"):
        value.text = None
    return _text(root)


def without_reference(message: bytes) -> bytes:
    root = etree.fromstring(message)
    for reference in list(root.iter(f"{{{DSIG}}}Reference")):
        reference.getparent().remove(reference)
    return _text(root)


def reference_elsewhere(message: bytes) -> bytes:
    root = without_response_signature(message)
    changed = etree.fromstring(root)
    for reference in changed.iter(f"{{{DSIG}}}Reference"):
        reference.set("URI", f"#{changed.get('ID')}")
    return _text(changed)


def same_id_twice(message: bytes) -> bytes:
    """Response and assertion have one ID: the reference of the assertion's signature fits both."""
    root = etree.fromstring(without_response_signature(message))
    root.set("ID", root.find("saml:Assertion", NAMES).get("ID"))
    return _text(root)


def two_signatures(message: bytes) -> bytes:
    root = etree.fromstring(message)
    signature = signature_of(root.find("saml:Assertion", NAMES))
    signature.addnext(etree.fromstring(etree.tostring(signature, with_tail=False)))
    return _text(root)


CHANGES: dict[str, Forgery] = {
    change.__name__: change
    for change in (
        another_name,
        another_email,
        comment_in_name,
        comment_in_email,
        instruction_in_name,
        instruction_in_email,
        element_in_name,
        without_assertion_signature,
        without_signatures,
        without_signature_value,
        without_reference,
        reference_elsewhere,
        same_id_twice,
        two_signatures,
    )
}


def _split(message: bytes, path: str, begins: str, between: Any) -> bytes:
    """The element's text in two, with something between; behind what it begins with, or in the middle."""
    root = etree.fromstring(message)
    element = root.find(path, NAMES)
    text = element.text
    at = len(begins) if text.startswith(begins) else len(text) // 2
    element.text, between.tail = text[:at], text[at:]
    element.append(between)
    return _text(root)


def _text(root: Any) -> bytes:
    return bytes(etree.tostring(root))
