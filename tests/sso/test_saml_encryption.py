"""Decryption against another library's encryption: every cipher, digest and mask that is accepted."""

import base64
import os
from itertools import product
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree

from sso.saml.reader.encryption import CIPHERS, KEY_TRANSPORTS, MASKS, OAEP_DIGESTS, Undecipherable, decrypted
from sso.saml.reader.xml import tag
from tests.sso import alone

INSIDE = b'<saml:NameID xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">jane</saml:NameID>'
HASHES = {
    "1": hashes.SHA1(),  # noqa: S303  inside OAEP
    "256": hashes.SHA256(),
    "384": hashes.SHA384(),
    "512": hashes.SHA512(),
}
RSA_OAEP = next(one for one in KEY_TRANSPORTS if one.endswith("xmlenc11#rsa-oaep"))


def hash_of(algorithm: str) -> hashes.HashAlgorithm:
    return HASHES[algorithm.rpartition("sha")[2]] if algorithm else HASHES["1"]


def wrapped(secret: bytes, digest: str, mask: str) -> bytes:
    key = x509.load_pem_x509_certificate(alone.ours().pem).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    return key.encrypt(secret, padding.OAEP(padding.MGF1(hash_of(mask)), hash_of(digest), None))


def enciphered(cipher: str, secret: bytes, content: bytes) -> bytes:
    if cipher.endswith("gcm"):
        nonce = os.urandom(12)
        return nonce + AESGCM(secret).encrypt(nonce, content, None)
    missing, start = 16 - len(content) % 16, os.urandom(16)
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(start)).encryptor()
    return start + encryptor.update(content + os.urandom(missing - 1) + bytes([missing])) + encryptor.finalize()


def encrypted(cipher: str, transport: str, digest: str = "", mask: str = "", content: bytes = INSIDE) -> Any:
    secret = os.urandom(int(cipher.rpartition("aes")[2][:3]) // 8)
    outside = etree.Element(tag("saml:EncryptedID"))
    data = etree.SubElement(outside, tag("xenc:EncryptedData"))
    etree.SubElement(data, tag("xenc:EncryptionMethod"), Algorithm=cipher)
    key = etree.SubElement(etree.SubElement(data, tag("ds:KeyInfo")), tag("xenc:EncryptedKey"))
    method = etree.SubElement(key, tag("xenc:EncryptionMethod"), Algorithm=transport)
    for name, algorithm in (("ds:DigestMethod", digest), ("xenc11:MGF", mask)):
        if algorithm:
            etree.SubElement(method, tag(name), Algorithm=algorithm)
    for parent, value in ((key, wrapped(secret, digest, mask)), (data, enciphered(cipher, secret, content))):
        place = etree.SubElement(etree.SubElement(parent, tag("xenc:CipherData")), tag("xenc:CipherValue"))
        place.text = base64.encodebytes(value).decode()
    return outside


def opened(element: Any) -> str:
    return str(decrypted(element, [alone.der(alone.ours())], name="saml:NameID").text)


@pytest.mark.parametrize("transport", sorted(KEY_TRANSPORTS))
@pytest.mark.parametrize("cipher", sorted(CIPHERS))
def test_every_cipher(cipher: str, transport: str) -> None:
    assert opened(encrypted(cipher, transport)) == "jane"


@pytest.mark.parametrize(("digest", "mask"), list(product(["", *sorted(OAEP_DIGESTS)], ["", *sorted(MASKS)])))
def test_every_digest_and_mask(digest: str, mask: str) -> None:
    assert opened(encrypted(sorted(CIPHERS)[0], RSA_OAEP, digest, mask)) == "jane"


@pytest.mark.parametrize("digest", sorted(OAEP_DIGESTS))
def test_the_older_transport_always_has_the_same_mask(digest: str) -> None:
    older = next(one for one in KEY_TRANSPORTS if one.endswith("mgf1p"))

    assert opened(encrypted(sorted(CIPHERS)[0], older, digest)) == "jane"


@pytest.mark.parametrize("content", [b"", b"jane", b"<a/>", b"<a>", INSIDE * 2, INSIDE[:-1], b"\xff" * 40])
def test_what_is_inside_has_to_be_the_element(content: bytes) -> None:
    for cipher in CIPHERS:
        with pytest.raises(Undecipherable):
            opened(encrypted(cipher, RSA_OAEP, content=content))


@pytest.mark.parametrize("where", ["xenc:EncryptedKey", "xenc:EncryptedData"])
def test_every_failure_of_a_cipher_reads_alike(where: str) -> None:
    """Whoever tries many variants learns nothing."""
    said = set()
    for at in (0, 5, 20, -1):
        element = encrypted(sorted(CIPHERS)[-1], RSA_OAEP)
        place = element.find(f".//{tag(where)}/{tag('xenc:CipherData')}/{tag('xenc:CipherValue')}")
        value = bytearray(base64.b64decode(place.text or ""))
        value[at] ^= 1
        place.text = base64.b64encode(value).decode()
        with pytest.raises(Undecipherable) as refused:
            opened(element)
        said.add(str(refused.value))

    assert said == {"It can't be decrypted with our key."}
