"""Responses that are signed, but not as a response has to be signed."""

import subprocess
from typing import Any

from lxml import etree
from saml2.sigver import pre_signature_part
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from tests.sso import idp_keys, signing
from tests.sso.forging import another_name, comment_in_name, without_signatures
from tests.sso.signing import ASSERTION, DSIG, NAMES
from tests.sso.wrapping import Forgery

XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE_WITH_COMMENTS = "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"
HMAC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"
STYLE = "http://www.w3.org/1999/XSL/Transform"


def signed_again(message: bytes, key: idp_keys.Key | None = None) -> bytes:
    """By this key alone, its certificate in KeyInfo; everything that the message now says becomes genuine."""
    return signing.sign_whole(_signed_oddly(without_signatures(message), key=key), key or idp_keys.key())


def by_stranger(message: bytes) -> bytes:
    return signed_again(another_name(message), idp_keys.key("stranger"))


def by_hmac(message: bytes) -> bytes:
    """With the provider's public key for a secret."""
    root, template = _prepared(without_signatures(message))
    template.find(".//ds:SignatureMethod", NAMES).set("Algorithm", HMAC_SHA256)
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
        template.findall(".//ds:Transform", NAMES)[-1].set("Algorithm", EXCLUSIVE_WITH_COMMENTS)

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


def _text(root: Any) -> bytes:
    return bytes(etree.tostring(root))
