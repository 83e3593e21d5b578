"""Genuine responses, changed by whoever carries them, or signed in ways that no reader should accept."""

import subprocess
from typing import Any

from lxml import etree
from saml2.sigver import pre_signature_part
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from tests.sso import idp_keys, signing
from tests.sso.signing import ASSERTION, DSIG, NAMES
from tests.sso.wrapping import VICTIM, VICTIM_EMAIL, Forgery, signature_of, unsigned

XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
STYLE = "http://www.w3.org/1999/XSL/Transform"
NAME_ID = "saml:Assertion/saml:Subject/saml:NameID"
EMAIL = "saml:Assertion//saml:Attribute[@Name='email']/saml:AttributeValue"


# What its carrier can change


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


# What is signed, but not as it has to be


def signed_again(message: bytes, key: idp_keys.Key | None = None) -> bytes:
    """By this key alone, its certificate in KeyInfo; everything that the message now says becomes genuine."""
    return signing.sign_whole(_signed_oddly(without_signatures(message), key=key), key or idp_keys.key())


def by_stranger(message: bytes) -> bytes:
    return signed_again(another_name(message), idp_keys.key("stranger"))


def by_hmac(message: bytes) -> bytes:
    """With the provider's public key for a secret."""
    root, template = _prepared(without_signatures(message))
    template.find(".//ds:SignatureMethod", NAMES).set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    secret = idp_keys.folder() / "hmac.key"
    secret.write_bytes(idp_keys.key().public)
    command = [signing.xmlsec1(), "--sign", "--hmackey", str(secret), "--id-attr:ID", f"{ASSERTION}:Assertion", "-"]
    return subprocess.run(command, input=_text(root), capture_output=True, check=True).stdout


def of_the_whole_document(message: bytes) -> bytes:
    """Inside the assertion, and by an empty URI about everything."""

    def empty(template: Any) -> None:
        template.find(".//ds:Reference", NAMES).set("URI", "")

    return _signed_oddly(without_signatures(message), empty)


def of_two_references(message: bytes) -> bytes:
    def twice(template: Any) -> None:
        reference = template.find(".//ds:Reference", NAMES)
        reference.addnext(etree.fromstring(etree.tostring(reference)))

    return _signed_oddly(without_signatures(message), twice)


def by_xpath(message: bytes) -> bytes:
    """Of an assertion without its subject, so that the subject can be anybody."""

    def leaving_out(template: Any) -> None:
        transform = _transform_added(template, XPATH)
        expression = etree.SubElement(transform, f"{{{DSIG}}}XPath", nsmap={"saml": ASSERTION})
        expression.text = "not(ancestor-or-self::saml:Subject)"

    return another_name(_signed_oddly(without_signatures(message), leaving_out))


def by_xslt(message: bytes) -> bytes:
    """Of a constant: whatever the assertion says, a stylesheet makes the same of it."""

    def constant(template: Any) -> None:
        sheet = etree.SubElement(_transform_added(template, XSLT), f"{{{STYLE}}}stylesheet", version="1.0")
        etree.SubElement(etree.SubElement(sheet, f"{{{STYLE}}}template", match="/"), "anybody")

    return another_name(_signed_oddly(without_signatures(message), constant))


def by_inclusive_canonical_form(message: bytes) -> bytes:
    def inclusive(template: Any) -> None:
        template.findall(".//ds:Transform", NAMES)[-1].set("Algorithm", C14N)

    return _signed_oddly(without_signatures(message), inclusive)


def by_canonical_form_with_comments(message: bytes) -> bytes:
    def commented(template: Any) -> None:
        template.findall(".//ds:Transform", NAMES)[-1].set(
            "Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
        )

    return _signed_oddly(comment_in_name(without_signatures(message)), commented)


ODD_SIGNATURES: dict[str, Forgery] = {
    odd.__name__: odd
    for odd in (
        by_stranger,
        by_hmac,
        of_the_whole_document,
        of_two_references,
        by_xpath,
        by_xslt,
        by_inclusive_canonical_form,
        by_canonical_form_with_comments,
    )
}


def _signed_oddly(message: bytes, edit: Any = None, key: idp_keys.Key | None = None) -> bytes:
    key = key or idp_keys.key()
    root, template = _prepared(message, key)
    if edit:
        edit(template)
    ident = template.getparent().get("ID")
    return signing.sign_template(_text(root), f"{ASSERTION}:Assertion", ident, key)


def _prepared(message: bytes, key: idp_keys.Key | None = None) -> tuple[Any, Any]:
    """The document, and in its assertion a signature to be filled in."""
    root = etree.fromstring(message)
    assertion = root.find("saml:Assertion", NAMES)
    body = key.body if key else None
    made = pre_signature_part(assertion.get("ID"), body, 1, DIGEST_SHA256, SIG_RSA_SHA256)
    template = etree.fromstring(made.to_string())
    assertion.insert(1, template)
    return root, template


def _transform_added(template: Any, algorithm: str) -> Any:
    enveloped = template.find(".//ds:Transform", NAMES)
    transform = etree.Element(f"{{{DSIG}}}Transform", Algorithm=algorithm)
    enveloped.addnext(transform)
    return transform


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
