"""A grammar of changes to SAML messages: by the vocabulary of SAML, xmldsig and xmlenc, and by bytes."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import xmlsec
from hypothesis import strategies as st
from lxml import etree

from sso.saml.reader.profile import MESSAGE
from sso.saml.reader.xml import tag
from tests.sso import alone
from tests.sso.forging import CHANGES
from tests.sso.growing import INSIDE, PARTS, response
from tests.sso.malformed import DIALECTS
from tests.sso.odd_signatures import ODD_SIGNATURES
from tests.sso.signing import NAMES, encrypted_bytes, sign_here
from tests.sso.vocabulary import EC, SECURITY
from tests.sso.wrapping import VICTIM, WRAPPINGS

SMALL = 3_000
VALUES = [
    "",
    " ",
    "\n",
    "x",
    "victim",
    "0",
    "-1",
    "2.0",
    "true",
    "#",
    "#_",
    "_asked",
    "file:///etc/hostname",
    "/dev/zero",
    "http://127.0.0.1:9/",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "2026-01-31T24:00:00Z",
    "AAAA",
    "A",
    "====",
    "\u0130",
    "\u00a0",
    "\u202e",
    "\U0001f600",
    "a" * 2000,
    "urn:oasis:names:tc:SAML:2.0:status:Success",
    "urn:oasis:names:tc:SAML:2.0:cm:bearer",
    "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
    EC,
    "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2009/xmlenc11#aes256-gcm",
    "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
    "http://www.w3.org/2001/04/xmlenc#sha256",
    alone.US,
    alone.ACS,
]
TAGS = sorted({*SECURITY, *(tag(name) for name in MESSAGE.kinds if "/" not in name), "x", "{urn:x}x"})
ATTRIBUTES = sorted(
    {name for kind in MESSAGE.kinds.values() for name in kind.attributes}
    | {"{http://www.w3.org/XML/1998/namespace}id", "{http://www.w3.org/2001/XMLSchema-instance}type", "x"}
)
BYTES = [
    *(b"", b"<!DOCTYPE x>", b"\0", b"\xff", b"\xef\xbb\xbf", b" xmlns:q=''"),
    *b"< > & &#0; &x; <!--x--> <?x?> <![CDATA[x]]> ]]> /> <x ' \"".split(),
]


def seeds() -> dict[str, bytes]:
    """Every case that the attacks have, as small as it can be; made anew before their five minutes are over."""
    return _seeds(int(time.monotonic() // 180))


@cache
def _seeds(three_minutes: int) -> dict[str, bytes]:
    both = alone.genuine(sign_response=True, name_id=f"{VICTIM}.mallory")
    signed = {
        "the assertion": alone.genuine(),
        "the response": alone.genuine(sign_response=True, sign_assertion=False),
        "both": both,
        "encrypted": alone.encrypted(),
        "nothing": alone.genuine(sign_assertion=False),
    }
    tables = {**CHANGES, **WRAPPINGS, **ODD_SIGNATURES, **DIALECTS}
    changed = {name: change(both) for name, change in tables.items()}
    grown = {name: response(f"<samlp:Extensions>{grow(SMALL, '')}</samlp:Extensions>") for name, grow in INSIDE.items()}
    parts = {name: response(part(SMALL)) for name, part in PARTS.items()}
    return {**signed, **changed, **grown, **parts}


@cache
def readable() -> list[str]:
    """The seeds that are XML."""
    found = []
    for name, seed in seeds().items():
        try:
            etree.fromstring(seed, etree.XMLParser(resolve_entities=False))
        except etree.XMLSyntaxError:
            continue
        if b"<!DOCTYPE" not in seed:  # parts of it would be no documents
            found.append(name)
    return found


def _delete(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    if place is not root:
        place.getparent().remove(place)


def _again(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    if place is not root:
        place.addnext(etree.fromstring(etree.tostring(place, with_tail=False)))


def _move(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    if place is not root and other not in place.iter():
        other.append(place)


def _rename(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    place.tag = name if name in TAGS else "x"


def _insert(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    made = etree.SubElement(place, name if name in TAGS else "x")
    made.set("URI", value.replace("\0", ""))
    made.text = value


def _set(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    place.set(name if name in ATTRIBUTES else "x", value)


def _unset(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    for attribute in list(place.attrib)[:1]:
        del place.attrib[attribute]


def _text(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    place.text = value


def _tail(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    place.tail = value


def _around(root: Any, place: Any, other: Any, value: str, name: str) -> None:
    if place is not root:
        wrapper = etree.Element(name if name in TAGS else "x")
        place.getparent().replace(place, wrapper)
        wrapper.append(place)


CHANGES_OF_TREES: list[Callable[..., None]] = [
    *(_delete, _again, _move, _rename, _insert, _set, _unset, _text, _tail, _around),
]
NAMES_OF_ANYTHING = TAGS + ATTRIBUTES
# A program of changes: hypothesis draws and shrinks bytes many times faster than lists of choices.
programs = st.binary(max_size=36)
STEP = 6


def changed(message: bytes, program: bytes) -> Any:
    """The tree of a message with all of the program done; what can't be done to a place is left out."""
    root = etree.fromstring(message, etree.XMLParser(resolve_entities=False))
    for at in range(0, len(program) - STEP + 1, STEP):
        what, one, other, value, *name = program[at : at + STEP]
        elements = list(root.iter("*"))
        CHANGES_OF_TREES[what % len(CHANGES_OF_TREES)](
            root,
            elements[one % len(elements)],
            elements[other % len(elements)],
            VALUES[value % len(VALUES)],
            NAMES_OF_ANYTHING[int.from_bytes(name) % len(NAMES_OF_ANYTHING)],
        )
    return root


def mangled(message: bytes, program: bytes) -> bytes:
    """Bytes taken out and put in."""
    for at in range(0, len(program) - STEP + 1, STEP):
        where = int.from_bytes(program[at : at + 3]) % (len(message) + 1)
        out, into = program[at + 3] % 8, BYTES[program[at + 4] % len(BYTES)]
        message = message[:where] + into + message[where + out :]
    return message


def signed_whole(root: Any) -> bytes:
    for signature in root.findall("ds:Signature", NAMES):
        root.remove(signature)
    root.set("ID", root.get("ID") or "_r")
    try:
        return sign_here(root)
    except xmlsec.Error:  # an ID that no reference can name, or a namespace that is no URI
        return bytes(etree.tostring(root))


def signed_inside(root: Any) -> bytes:
    assertion = root.find("saml:Assertion", NAMES)
    if assertion is None:
        return bytes(etree.tostring(root))
    parent, at = assertion.getparent(), assertion.getparent().index(assertion)
    try:
        own = etree.fromstring(etree.tostring(assertion, with_tail=False))
    except etree.XMLSyntaxError:  # an xml:id that is no name
        return bytes(etree.tostring(root))
    parent[at] = etree.fromstring(signed_whole(own))
    return bytes(etree.tostring(root))


def encrypted(root: Any) -> bytes:
    """Signed inside, and encrypted."""
    try:
        root = etree.fromstring(signed_inside(root))
    except etree.XMLSyntaxError:
        return bytes(etree.tostring(root))
    assertion = root.find("saml:Assertion", NAMES)
    if assertion is not None:
        wrapper = etree.Element(tag("saml:EncryptedAssertion"))
        wrapper.append(encrypted_bytes(etree.tostring(assertion, with_tail=False), alone.ours().pem))
        assertion.getparent().replace(assertion, wrapper)
    return bytes(etree.tostring(root))


ENVELOPES: list[Callable[[Any], bytes]] = [etree.tostring, signed_whole, signed_inside, encrypted]
