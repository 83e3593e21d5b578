"""XML signatures for our messages by the POST binding."""

from functools import lru_cache
from typing import Any

import xmlsec
from lxml import etree
from xmlsec import constants

from sso.saml.reader.xml import parse, tag


def signed(xml: str, private_key: bytes, *, before: str) -> str:
    """Return the message signed by a key (PKCS#8 DER) with RSA and SHA-256. The signature is put before `before`."""
    element = parse(xml.encode())
    signature = xmlsec.template.create(element, constants.TransformExclC14N, constants.TransformRsaSha256)
    element.find(tag(before)).addprevious(signature)
    reference = xmlsec.template.add_reference(signature, constants.TransformSha256, uri=f"#{element.get('ID')}")
    xmlsec.template.add_transform(reference, constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, constants.TransformExclC14N)
    context = xmlsec.SignatureContext()
    context.key = _private(private_key)
    context.register_id(element, "ID")
    context.sign(signature)
    return str(etree.tostring(element, encoding="unicode"))


@lru_cache(maxsize=64)
def _private(private_key: bytes) -> Any:
    return xmlsec.Key.from_memory(private_key, constants.KeyDataFormatDer)
