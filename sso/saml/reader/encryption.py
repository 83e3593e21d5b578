"""XML decryption by xmlsec, which gets only elements that we build: two values and names of algorithms.

So nothing in a message can make xmlsec follow a reference, open a file, fetch an address or choose another key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import xmlsec
from lxml import etree
from xmlsec import constants

from common.wording import Wording
from sso.saml.reader.profile import MESSAGE, check
from sso.saml.reader.xml import Element, UnreadableMessage, base64_of, name_of, parse, tag

_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_XMLENC = "http://www.w3.org/2001/04/xmlenc#"
_XMLENC11 = "http://www.w3.org/2009/xmlenc11#"

CIPHERS = {
    *(f"{_XMLENC}aes{size}-cbc" for size in (128, 192, 256)),
    *(f"{_XMLENC11}aes{size}-gcm" for size in (128, 192, 256)),
}
# RSA 1.5 reveals the content to a sender of many variants; Triple DES is broken by volume.
KEY_TRANSPORTS = {f"{_XMLENC}rsa-oaep-mgf1p", f"{_XMLENC11}rsa-oaep"}
# Inside OAEP, SHA-1 need not resist collisions (RFC 8017 §7.1 leaves the choice), and many providers know no other.
OAEP_DIGESTS = {
    f"{_XMLDSIG}sha1",
    f"{_XMLENC}sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384",
    f"{_XMLENC}sha512",
}
MASKS = {f"{_XMLENC11}mgf1sha{size}" for size in (1, 256, 384, 512)}
KEY_OF_OURS = f"{_XMLENC}EncryptedKey"


class Undecipherable(Exception):
    """Decryption failed. Every cipher failure has the same message, so that nobody learns from trying."""


@dataclass(frozen=True)
class Encrypted:
    """The used parts of an encrypted element: algorithms of the lists above, and base64."""

    cipher: str
    value: str
    transport: str
    digest: str
    mask: str
    key: str


def decrypted(encrypted: Element, private_keys: Sequence[bytes], *, name: str) -> Element:
    """Return the element `name` inside a saml:EncryptedAssertion or EncryptedID, by one of our keys (PKCS#8 DER)."""
    parts = _parts(encrypted)
    for private_key in private_keys:
        try:
            inside = _opened(parts, private_key)
        except xmlsec.Error:
            continue
        return _read(inside, name)
    raise Undecipherable(Wording("It can't be decrypted with our key."))


def _opened(parts: Encrypted, private_key: bytes) -> bytes:
    """Decrypt the content key by our key, then the content. xmlsec is told which key to use, and looks for none."""
    context = xmlsec.EncryptionContext()
    context.key = _private(private_key)
    secret = context.decrypt(_put_together("xenc:EncryptedKey", parts.transport, parts.key, parts.digest, parts.mask))
    context = xmlsec.EncryptionContext()
    context.key = xmlsec.Key.from_binary_data(constants.KeyDataAes, secret)
    return bytes(context.decrypt(_put_together("xenc:EncryptedData", parts.cipher, parts.value)))


def _read(inside: bytes, name: str) -> Element:
    try:
        element = parse(inside)
        check(element, MESSAGE)
    except UnreadableMessage as error:
        raise Undecipherable(Wording("What was encrypted is refused. {error}", error=error)) from None
    if element.tag != tag(name):
        raise Undecipherable(Wording("It is no {name}, but {found}.", name=name, found=name_of(element.tag)[:80]))
    return element


def _parts(encrypted: Element) -> Encrypted:
    data = encrypted.findall(tag("xenc:EncryptedData"))
    keys = list(encrypted.iter(tag("xenc:EncryptedKey")))
    if len(data) != 1 or len(keys) != 1:
        raise Undecipherable(Wording("It has to hold one thing, encrypted for one key."))
    _refuse_other_places(encrypted, keys[0])
    method = keys[0].find(tag("xenc:EncryptionMethod"))
    return Encrypted(
        cipher=_one_of(CIPHERS, "encryption", data[0].find(tag("xenc:EncryptionMethod"))),
        value=_value(data[0]),
        transport=_one_of(KEY_TRANSPORTS, "key transport", method),
        digest=_one_of(OAEP_DIGESTS, "digest of the key transport", _child(method, "ds:DigestMethod"), optional=True),
        mask=_one_of(MASKS, "mask of the key transport", _child(method, "xenc11:MGF"), optional=True),
        key=_value(keys[0]),
    )


def _refuse_other_places(encrypted: Element, key: Element) -> None:
    """Refuse a ds:RetrievalMethod, except the one for the key beside the data, which OpenSAML sends."""
    for reference in encrypted.iter(tag("ds:RetrievalMethod")):
        there = reference.get("URI") == f"#{key.get('Id')}" and reference.get("Type", KEY_OF_OURS) == KEY_OF_OURS
        if not there or not key.get("Id"):
            raise Undecipherable(Wording("ds:RetrievalMethod is accepted for the encrypted key beside the data alone."))


def _put_together(name: str, algorithm: str, value: str, digest: str = "", mask: str = "") -> Element:
    """Build the element without a Type: xmlsec then answers the content as bytes, unparsed."""
    element = etree.Element(tag(name))
    method = etree.SubElement(element, tag("xenc:EncryptionMethod"), Algorithm=algorithm)
    if digest:
        etree.SubElement(method, tag("ds:DigestMethod"), Algorithm=digest)
    if mask:
        etree.SubElement(method, tag("xenc11:MGF"), Algorithm=mask)
    etree.SubElement(etree.SubElement(element, tag("xenc:CipherData")), tag("xenc:CipherValue")).text = value
    return element


def _value(element: Element) -> str:
    found = element.find(f"{tag('xenc:CipherData')}/{tag('xenc:CipherValue')}")
    text = "" if found is None else "".join((found.text or "").split())
    try:
        base64_of(text, Wording("The encrypted value"))
    except UnreadableMessage as error:
        raise Undecipherable(str(error)) from None
    if not text:
        raise Undecipherable(Wording("There is no CipherValue."))
    return text


def _child(element: Element | None, name: str) -> Element | None:
    return None if element is None else element.find(tag(name))


def _one_of(allowed: set[str], what: str, method: Element | None, *, optional: bool = False) -> str:
    if method is None and optional:
        return ""
    algorithm = "" if method is None else str(method.get("Algorithm", ""))
    if algorithm not in allowed:
        raise Undecipherable(
            Wording("The {what} is not accepted: {algorithm}.", what=what, algorithm=algorithm[:100] or Wording("none"))
        )
    return algorithm


@lru_cache(maxsize=64)
def _private(private_key: bytes) -> Any:
    return xmlsec.Key.from_memory(private_key, constants.KeyDataFormatDer)
