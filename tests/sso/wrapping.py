"""Signature wrapping: a genuine signature kept, beside a forged assertion or response for a careless reader (XSW).

Numbers as in Somorovsky et al., "On Breaking SAML" (2012), and in the tools that followed it; letters are ours.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from lxml import etree

from tests.sso.signing import ASSERTION, DSIG, NAMES, PROTOCOL

VICTIM = "victim"
VICTIM_EMAIL = "victim@acme.com"
Forgery = Callable[[bytes], bytes]


def forged(element: Any) -> Any:
    """A copy that names the victim, under IDs of its own."""
    copy = deepcopy(element)
    for number, identified in enumerate(copy.xpath("descendant-or-self::*[@ID]")):
        identified.set("ID", f"_forged{number or ''}")
    for name_id in copy.iter(f"{{{ASSERTION}}}NameID"):
        name_id.text = VICTIM
    for value in copy.iterfind(".//saml:Attribute[@Name='email']/saml:AttributeValue", NAMES):
        value.text = VICTIM_EMAIL
    return copy


def signature_of(element: Any) -> Any:
    return element.find("ds:Signature", NAMES)


def unsigned(element: Any) -> Any:
    """A copy without the element's own signature, as the enveloped-signature transform sees it."""
    copy = deepcopy(element)
    if signature_of(copy) is not None:
        copy.remove(signature_of(copy))
    return copy


def _response_inside_signature(message: bytes) -> bytes:
    evil, genuine = _responses(message)
    signature_of(evil).append(genuine)
    return _text(evil)


def _response_before_signature(message: bytes) -> bytes:
    evil, genuine = _responses(message)
    signature_of(evil).addprevious(genuine)
    return _text(evil)


def _response_inside_object(message: bytes) -> bytes:
    evil, genuine = _responses(message)
    etree.SubElement(signature_of(evil), f"{{{DSIG}}}Object").append(genuine)
    return _text(evil)


def _assertion_before(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    genuine.addprevious(unsigned(forged(genuine)))
    return _text(root)


def _assertion_after(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    genuine.addnext(unsigned(forged(genuine)))
    return _text(root)


def _assertion_around(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    evil = unsigned(forged(genuine))
    root.replace(genuine, evil)
    evil.append(genuine)
    return _text(root)


def _signature_moved(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    root.replace(genuine, forged(genuine))
    root.append(unsigned(genuine))
    return _text(root)


def _assertion_inside_signature(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    evil = forged(genuine)
    root.replace(genuine, evil)
    signature_of(evil).append(unsigned(genuine))
    return _text(root)


def _assertion_in_extensions(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    extensions = etree.Element(f"{{{PROTOCOL}}}Extensions")
    genuine.addprevious(extensions)
    # Of the same ID: which of them the signature is about depends on the reader.
    extensions.append(_same_id(unsigned(forged(genuine)), genuine))
    return _text(root)


def _assertion_inside_object(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    evil = _same_id(forged(genuine), genuine)
    root.replace(genuine, evil)
    etree.SubElement(signature_of(evil), f"{{{DSIG}}}Object").append(unsigned(genuine))
    return _text(root)


def _assertion_in_status(message: bytes) -> bytes:
    root, genuine = _assertion(message)
    detail = etree.SubElement(root.find("samlp:Status", NAMES), f"{{{PROTOCOL}}}StatusDetail")
    root.replace(genuine, forged(genuine))
    detail.append(genuine)
    return _text(root)


def _signature_lent(message: bytes) -> bytes:
    """The forged assertion has the genuine signature inside, which is about the genuine one behind it."""
    root, genuine = _assertion(message)
    genuine.addprevious(forged(genuine))
    genuine.remove(signature_of(genuine))
    return _text(root)


# Of a response whose root is signed.
OF_RESPONSES: dict[str, Forgery] = {
    "XSW1": _response_inside_signature,
    "XSW2": _response_before_signature,
    "XSW-A": _response_inside_object,
}
# Of a response whose assertion is signed; a signature of the root is taken away.
OF_ASSERTIONS: dict[str, Forgery] = {
    "XSW3": _assertion_before,
    "XSW4": _assertion_around,
    "XSW5": _signature_moved,
    "XSW6": _assertion_inside_signature,
    "XSW7": _assertion_in_extensions,
    "XSW8": _assertion_inside_object,
    "XSW-B": _assertion_after,
    "XSW-C": _assertion_in_status,
    "XSW-D": _signature_lent,
}
WRAPPINGS = OF_RESPONSES | OF_ASSERTIONS


def _responses(message: bytes) -> tuple[Any, Any]:
    root = etree.fromstring(message)
    return forged(root), unsigned(root)


def _assertion(message: bytes) -> tuple[Any, Any]:
    root = unsigned(etree.fromstring(message))
    return root, root.find("saml:Assertion", NAMES)


def _same_id(element: Any, other: Any) -> Any:
    element.set("ID", other.get("ID"))
    return element


def _text(root: Any) -> bytes:
    return bytes(etree.tostring(root))
