"""XML signatures and encryption, by xmlsec in this process: with pinned keys, and the few algorithms that are safe.

What was verified is answered as a document of its own, so that nothing else can be taken for it.
"""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from functools import lru_cache
from typing import Any

import xmlsec
from lxml import etree
from xmlsec import constants

from sso.saml.reading import Element, Unreadable, parse, tag

_XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_XMLENC = "http://www.w3.org/2001/04/xmlenc#"
_XMLENC11 = "http://www.w3.org/2009/xmlenc11#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

SIGNATURES = {f"{_MORE}{kind}-sha{size}" for kind in ("rsa", "ecdsa") for size in (256, 384, 512)}
DIGESTS = {f"{_XMLENC}sha256", f"{_MORE}sha384", f"{_XMLENC}sha512"}
TRANSFORMS = {f"{_XMLDSIG}enveloped-signature", EXCLUSIVE}
# RSA 1.5 lets who sends many variants find out what is inside, and Triple DES is broken by volume.
KEY_TRANSPORTS = {f"{_XMLENC}rsa-oaep-mgf1p", f"{_XMLENC11}rsa-oaep"}
CIPHERS = {
    *(f"{_XMLENC}aes{size}-cbc" for size in (128, 192, 256)),
    *(f"{_XMLENC11}aes{size}-gcm" for size in (128, 192, 256)),
}


class Untrusted(Exception):
    """Says which part of a signature or of an encryption is not accepted."""


def is_signed(element: Element) -> bool:
    return element.find(tag("ds:Signature")) is not None


def verified(element: Element, certificates: Iterable[str]) -> Element:
    """The element as a document of its own, without its signature, which one of the PEM `certificates` made.

    Keys that the signature brings along count for nothing.
    """
    alone = parse(etree.tostring(element, with_tail=False))
    signature = _signature_of(alone)
    for certificate in certificates:
        context = xmlsec.SignatureContext()
        context.register_id(alone, "ID")
        try:
            context.key = _public(certificate)
            context.verify(signature)
        except xmlsec.Error:
            continue
        alone.remove(signature)
        return alone
    raise Untrusted("The signature was not made with a key of this provider.")


def _signature_of(element: Element) -> Element:
    """The one signature of this element over all of this element, or Untrusted."""
    signatures = element.findall(tag("ds:Signature"))
    if len(signatures) != 1:
        raise Untrusted("It is not signed." if not signatures else "It is signed twice.")
    signed = signatures[0].find(tag("ds:SignedInfo"))
    references = [] if signed is None else signed.findall(tag("ds:Reference"))
    if signed is None or len(references) != 1:
        raise Untrusted("The signature has to cover one thing.")
    if not element.get("ID") or references[0].get("URI") != f"#{element.get('ID')}":
        raise Untrusted("The signature covers something else than the element it stands in.")

    _allow("signature method", [_algorithm(signed, "ds:SignatureMethod")], SIGNATURES)
    _allow("canonicalization", [_algorithm(signed, "ds:CanonicalizationMethod")], {EXCLUSIVE})
    _allow("digest", [_algorithm(references[0], "ds:DigestMethod")], DIGESTS)
    transforms = [one.get("Algorithm", "") for one in references[0].iter(tag("ds:Transform"))]
    _allow("transform", transforms, TRANSFORMS)
    if sorted(transforms) != sorted(TRANSFORMS):
        raise Untrusted("The signature's transforms have to be enveloped-signature and exclusive canonicalization.")
    return signatures[0]


def decrypted(encrypted: Element, private_keys: Sequence[bytes]) -> Element:
    """The element inside a saml:EncryptedAssertion, by one of our keys (PKCS#8 DER)."""
    for private_key in private_keys:
        data = _encrypted_data(deepcopy(encrypted))
        try:
            inside = xmlsec.EncryptionContext(_manager(private_key)).decrypt(data)
            return parse(etree.tostring(inside, with_tail=False))
        except (xmlsec.Error, etree.XMLSyntaxError):
            continue
        except Unreadable as error:
            raise Untrusted(str(error)) from None
    # The same sentence whatever went wrong, so that nobody learns from trying.
    raise Untrusted("It can't be decrypted with our key.")


def _encrypted_data(encrypted: Element) -> Element:
    data = encrypted.findall(tag("xenc:EncryptedData"))
    keys = list(encrypted.iter(tag("xenc:EncryptedKey")))
    if len(data) != 1 or len(keys) != 1:
        raise Untrusted("It has to hold one thing, encrypted for one key.")
    _allow("encryption", [_algorithm(data[0], "xenc:EncryptionMethod")], CIPHERS)
    _allow("key transport", [_algorithm(keys[0], "xenc:EncryptionMethod")], KEY_TRANSPORTS)
    if keys[0].getparent() is encrypted:
        # Beside the data, where xmlsec would follow a reference for it.
        info = etree.SubElement(data[0], tag("ds:KeyInfo"))
        for old in data[0].findall(tag("ds:KeyInfo"))[:-1]:
            data[0].remove(old)
        info.append(keys[0])
        data[0].insert(1, info)
    return data[0]


def signed(element: Element, private_key: bytes, *, before: str) -> bytes:
    """Sign an element of ours, with the signature before its child `before`; the document's bytes."""
    signature = xmlsec.template.create(element, constants.TransformExclC14N, constants.TransformRsaSha256)
    place = element.find(tag(before))
    place.addprevious(signature)
    reference = xmlsec.template.add_reference(signature, constants.TransformSha256, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, constants.TransformExclC14N)
    context = xmlsec.SignatureContext()
    context.key = _private(private_key)
    context.register_id(element, "ID")
    context.sign(signature)
    return bytes(etree.tostring(element))


def sign_bytes(content: bytes, private_key: bytes) -> bytes:
    """RSA with SHA-256, for the query string of the redirect binding."""
    context = xmlsec.SignatureContext()
    context.key = _private(private_key)
    made: bytes = context.sign_binary(content, constants.TransformRsaSha256)
    return made


def verify_bytes(content: bytes, signature: bytes, algorithm: str, certificates: Iterable[str]) -> None:
    """The signature of a query string, by one of the PEM `certificates`; Untrusted otherwise."""
    _allow("signature method", [algorithm], SIGNATURES)
    transform = {one.href: one for one in _SIGNING}[algorithm]
    for certificate in certificates:
        context = xmlsec.SignatureContext()
        context.key = _public(certificate)
        try:
            context.verify_binary(content, transform, signature)
        except xmlsec.Error:
            continue
        return
    raise Untrusted("The signature was not made with a key of this provider.")


_SIGNING: tuple[Any, ...] = (
    constants.TransformRsaSha256, constants.TransformRsaSha384, constants.TransformRsaSha512,
    constants.TransformEcdsaSha256, constants.TransformEcdsaSha384, constants.TransformEcdsaSha512,
)  # fmt: skip


def _algorithm(parent: Element, name: str) -> str:
    found = parent.find(tag(name))
    return "" if found is None else str(found.get("Algorithm", ""))


def _allow(what: str, algorithms: Iterable[str], allowed: set[str]) -> None:
    for algorithm in algorithms:
        if algorithm not in allowed:
            raise Untrusted(f"The {what} is not accepted: {algorithm or 'none'}.")


@lru_cache(maxsize=256)
def _public(certificate: str) -> Any:
    return xmlsec.Key.from_memory(certificate, constants.KeyDataFormatCertPem)


@lru_cache(maxsize=64)
def _private(private_key: bytes) -> Any:
    return xmlsec.Key.from_memory(private_key, constants.KeyDataFormatDer)


@lru_cache(maxsize=64)
def _manager(private_key: bytes) -> Any:
    """With this key alone. Making one takes 7 ms, half of what an encrypted answer takes with all else."""
    manager = xmlsec.KeysManager()
    manager.add_key(_private(private_key))
    return manager
