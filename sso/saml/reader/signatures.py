"""XML signatures with pinned keys and a short list of algorithms (XML Signature §3.2, SAML Core §5.4).

A stranger's message costs one signature check: first the SignatureValue over the few lines of SignedInfo, then the
digest. Only the digested bytes are read on, so there is nothing to wrap.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256, sha384, sha512
from hmac import compare_digest
from typing import Any

import xmlsec
from lxml import etree
from xmlsec import constants

from common.wording import Wording
from sso.saml.reader.xml import NAMESPACES, Element, UnreadableMessage, base64_of, parse, tag

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
_XMLENC = NAMESPACES["xenc"]
ENVELOPED = f"{NAMESPACES['ds']}enveloped-signature"
EXCLUSIVE = NAMESPACES["ec"]

SIGNATURES = {f"{_MORE}{kind}-sha{size}" for kind in ("rsa", "ecdsa") for size in (256, 384, 512)}
DIGESTS = {f"{_XMLENC}sha256": sha256, f"{_MORE}sha384": sha384, f"{_XMLENC}sha512": sha512}
MOST_PREFIXES = 16
MOST_SHOWN = 3


class Untrusted(Exception):
    """A part of the signature is not accepted. The message names it."""


@dataclass(frozen=True)
class Reference:
    """The digest of an element's canonical form, and the prefixes that form keeps."""

    digest: str
    value: bytes
    prefixes: tuple[str, ...]


def is_signed(element: Element) -> bool:
    return element.find(tag("ds:Signature")) is not None


def verified(element: Element, certificates: Sequence[str]) -> Element:
    """Return the element as a document without its signature, which one of the PEM `certificates` must have made.

    Keys inside the signature are ignored.
    """
    # lxml's default, ASCII, would triple the bytes of other letters, beyond the reader's limit.
    alone = parse(etree.tostring(element, with_tail=False, encoding="utf-8"))
    signature, info = _signature_of(alone)
    algorithm, canonical = _signed_info(info)
    try:
        verify_bytes(canonical, _bytes(signature, "ds:SignatureValue"), algorithm, certificates)
    except Untrusted as error:
        raise Untrusted(Wording.joined("", (str(error), _whose(signature, certificates)))) from None
    # From here on the author is known. Read only the bytes they signed.
    reference = _reference(parse(canonical), alone)
    _take_out(signature)
    content = _canonical(alone, reference.prefixes)
    if not compare_digest(DIGESTS[reference.digest](content).digest(), reference.value):
        raise Untrusted(Wording("It was changed after it was signed: its digest is another one."))
    return parse(content)


def _whose(signature: Element, certificates: Sequence[str]) -> str:
    """Describe the certificate in the signature, which is not trusted, beside those of the metadata (SHA-256)."""
    there = Wording(
        " The metadata has {certificates}.",
        certificates=", ".join(fingerprint_of_pem(pem) for pem in certificates[:MOST_SHOWN]) or Wording("none"),
    )
    named = signature.find(f"{tag('ds:KeyInfo')}/{tag('ds:X509Data')}/{tag('ds:X509Certificate')}")
    if named is None:
        return Wording(" It names no certificate.{there}", there=there)
    try:
        return Wording(
            " It names the certificate {fingerprint}.{there}",
            fingerprint=_fingerprint(base64_of(named.text, Wording("It"))),
            there=there,
        )
    except UnreadableMessage:
        return Wording(" It names a certificate that can't be read.{there}", there=there)


def fingerprint_of_pem(pem: str) -> str:
    body = "".join(line for line in pem.splitlines() if not line.startswith("-----"))
    return _fingerprint(base64_of(body, Wording("The certificate")))


def _fingerprint(der: bytes) -> str:
    return sha256(der).digest().hex(":")


def _signature_of(element: Element) -> tuple[Element, Element]:
    """Return the element's one signature and its SignedInfo."""
    signatures = element.findall(tag("ds:Signature"))
    if len(signatures) != 1:
        raise Untrusted(Wording("It is not signed.") if not signatures else Wording("It is signed twice."))
    info = signatures[0].find(tag("ds:SignedInfo"))
    if info is None:
        raise Untrusted(Wording("The signature has no SignedInfo."))
    return signatures[0], info


def _signed_info(info: Element) -> tuple[str, bytes]:
    """Return the signature method and the signed bytes."""
    algorithm = _algorithm(info, "ds:SignatureMethod")
    _allow("signature method", algorithm, SIGNATURES)
    method = info.find(tag("ds:CanonicalizationMethod"))
    _allow("canonicalization", _algorithm(info, "ds:CanonicalizationMethod"), {EXCLUSIVE})
    return algorithm, _canonical(info, _prefixes(method))


def _reference(info: Element, element: Element) -> Reference:
    """Return the reference to this element in SignedInfo, or raise Untrusted."""
    references = info.findall(tag("ds:Reference"))
    if len(references) != 1:
        raise Untrusted(Wording("The signature has to cover one thing."))
    if not element.get("ID") or references[0].get("URI") != f"#{element.get('ID')}":
        raise Untrusted(Wording("The signature covers something else than the element it stands in."))
    transforms = references[0].findall(f"{tag('ds:Transforms')}/{tag('ds:Transform')}")
    if [one.get("Algorithm") for one in transforms] != [ENVELOPED, EXCLUSIVE] or len(transforms[0]):
        raise Untrusted(
            Wording("The signature's transforms have to be enveloped-signature, then exclusive canonicalization.")
        )
    digest = _algorithm(references[0], "ds:DigestMethod")
    _allow("digest", digest, DIGESTS)
    return Reference(digest, _bytes(references[0], "ds:DigestValue"), _prefixes(transforms[1]))


def _prefixes(method: Element) -> tuple[str, ...]:
    """Return the PrefixList of exclusive canonicalization. Each prefix costs time at every element: few are allowed."""
    found = method.find(tag("ec:InclusiveNamespaces"))
    prefixes = tuple("" if found is None else found.get("PrefixList", "").split())
    if len(prefixes) > MOST_PREFIXES:
        raise Untrusted(Wording("A PrefixList has more than {most} prefixes.", most=MOST_PREFIXES))
    return prefixes


def _canonical(element: Element, prefixes: tuple[str, ...]) -> bytes:
    try:
        return bytes(etree.tostring(element, method="c14n", exclusive=True, inclusive_ns_prefixes=prefixes or None))
    except etree.LxmlError:
        # For example a namespace name that is no URI (Canonical XML §4.2).
        raise Untrusted(Wording("It has no canonical form.")) from None


def _take_out(signature: Element) -> None:
    """Apply the enveloped-signature transform. Text behind the signature is signed, and stays."""
    parent, before = signature.getparent(), signature.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (signature.tail or "")
    else:
        before.tail = (before.tail or "") + (signature.tail or "")
    parent.remove(signature)


def _bytes(parent: Element, name: str) -> bytes:
    found = parent.find(tag(name))
    return base64_of("" if found is None else found.text, name)


def verify_bytes(content: bytes, signature: bytes, algorithm: str, certificates: Iterable[str]) -> None:
    """Verify a signature over `content` by one of the PEM `certificates`; raise Untrusted if none made it."""
    _allow("signature method", algorithm, SIGNATURES)
    for certificate in certificates:
        context = xmlsec.SignatureContext()
        try:
            context.key = _public(certificate)
            context.verify_binary(content, _METHODS[algorithm], signature)
        except xmlsec.Error:
            continue
        return
    raise Untrusted(Wording("The signature was not made with a key of this provider."))


_METHODS: dict[str, Any] = {
    one.href: one
    for one in (
        constants.TransformRsaSha256,
        constants.TransformRsaSha384,
        constants.TransformRsaSha512,
        constants.TransformEcdsaSha256,
        constants.TransformEcdsaSha384,
        constants.TransformEcdsaSha512,
    )
}


def _algorithm(parent: Element, name: str) -> str:
    found = parent.find(tag(name))
    return "" if found is None else str(found.get("Algorithm", ""))


def _allow(what: str, algorithm: str, allowed: Iterable[str]) -> None:
    if algorithm not in allowed:
        raise Untrusted(
            Wording("The {what} is not accepted: {algorithm}.", what=what, algorithm=algorithm[:100] or Wording("none"))
        )


@lru_cache(maxsize=256)
def _public(certificate: str) -> Any:
    return xmlsec.Key.from_memory(certificate, constants.KeyDataFormatCertPem)
