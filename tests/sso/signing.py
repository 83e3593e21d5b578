"""How a provider signs with the xmlsec1 binary, and encrypts for us."""

import shutil
import subprocess
from collections.abc import Sequence
from typing import Any, Literal

import xmlsec
from lxml import etree
from saml2 import class_name, saml, samlp
from saml2.sigver import CryptoBackendXmlSec1, pre_signature_part
from saml2.xmldsig import DIGEST_SHA256, SIG_RSA_SHA256

from tests.sso.idp_keys import Key
from tests.sso.idp_keys import key as default_key

ASSERTION = "urn:oasis:names:tc:SAML:2.0:assertion"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"
METADATA = "urn:oasis:names:tc:SAML:2.0:metadata"
DSIG = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
NAMES = {"saml": ASSERTION, "samlp": PROTOCOL, "md": METADATA, "ds": DSIG, "xenc": XENC}

BLOCKS = {
    "aes128-cbc": (xmlsec.constants.TransformAes128Cbc, 128),
    "aes256-cbc": (xmlsec.constants.TransformAes256Cbc, 256),
    "aes128-gcm": (xmlsec.constants.TransformAes128Gcm, 128),
    "aes256-gcm": (xmlsec.constants.TransformAes256Gcm, 256),
}
TRANSPORTS = {
    "rsa-oaep": xmlsec.constants.TransformRsaOaep,
    "rsa-1_5": xmlsec.constants.TransformRsaPkcs1,
}
Block = Literal["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"]
Transport = Literal["rsa-oaep", "rsa-1_5"]


def xmlsec1() -> str:
    found = shutil.which("xmlsec1")
    assert found, "scripts/install-saml brings xmlsec1"
    return found


def sign(
    response: samlp.Response,
    key: Key,
    *,
    assertions: bool = True,
    whole: bool = True,
    encrypt_for: bytes | None = None,
    block: Block = "aes256-gcm",
    transport: Transport = "rsa-oaep",
    algorithm: str = SIG_RSA_SHA256,
    digest: str = DIGEST_SHA256,
) -> bytes:
    """Sign assertions, encrypt them for a certificate (PEM), sign what came out: in the order of SAML."""
    for assertion in response.assertion if assertions else ():
        assertion.signature = pre_signature_part(assertion.id, key.body, 1, digest, algorithm)
    text: bytes = response.to_string()
    for assertion in response.assertion if assertions else ():
        text = sign_template(text, class_name(saml.Assertion()), assertion.id, key)
    if encrypt_for:
        text = encrypt(text, encrypt_for, block=block, transport=transport)
    if not whole:
        return text
    return sign_whole(text, key, algorithm=algorithm, digest=digest)


def sign_whole(message: bytes, key: Key, *, algorithm: str = SIG_RSA_SHA256, digest: str = DIGEST_SHA256) -> bytes:
    """Sign a protocol message from its root."""
    root = etree.fromstring(message)
    template = etree.fromstring(pre_signature_part(root.get("ID"), key.body, 2, digest, algorithm).to_string())
    # The schema has it right behind the issuer.
    root.insert(1 if root.find("saml:Issuer", NAMES) is not None else 0, template)
    name = etree.QName(root)
    return sign_template(etree.tostring(root), f"{name.namespace}:{name.localname}", root.get("ID"), key)


def sign_here(root: Any, prefixes: Sequence[str] = (), key: Key | None = None) -> bytes:
    """The same by xmlsec in this process: a tenth of the time, for whoever signs hundreds of messages."""
    template = xmlsec.template.create(root, xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformRsaSha256)
    issuer = root.find("saml:Issuer", NAMES)
    root.insert(0 if issuer is None else root.index(issuer) + 1, template)
    reference = xmlsec.template.add_reference(template, xmlsec.constants.TransformSha256, uri=f"#{root.get('ID')}")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    exclusive = xmlsec.template.add_transform(reference, xmlsec.constants.TransformExclC14N)
    if prefixes:
        xmlsec.template.transform_add_c14n_inclusive_namespaces(exclusive, list(prefixes))
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_file(str((key or default_key()).private), xmlsec.constants.KeyDataFormatPem)
    context.register_id(root, "ID")
    context.sign(template)
    return bytes(etree.tostring(root))


def sign_template(text: bytes, node: str, ident: str, key: Key) -> bytes:
    backend = CryptoBackendXmlSec1(xmlsec1())
    return str(backend.sign_statement(text, node, str(key.private), ident)).encode()


def encrypt(message: bytes, certificate: bytes, *, block: Block, transport: Transport) -> bytes:
    root = etree.fromstring(message)
    for assertion in root.findall("saml:Assertion", NAMES):
        wrapper = etree.Element(f"{{{ASSERTION}}}EncryptedAssertion", nsmap={"saml": ASSERTION})
        # With every namespace that it needs declared in it: it is decrypted alone.
        content = bytes(etree.tostring(assertion, with_tail=False))
        wrapper.append(encrypted_bytes(content, certificate, block, transport))
        root.replace(assertion, wrapper)
    return bytes(etree.tostring(root))


def encrypted_bytes(
    content: bytes, certificate: bytes, block: Block = "aes256-gcm", transport: Transport = "rsa-oaep"
) -> Any:
    """An xenc:EncryptedData with whatever `content` in it, be it XML or not."""
    cipher, bits = BLOCKS[block]
    manager = xmlsec.KeysManager()
    manager.add_key(xmlsec.Key.from_memory(certificate, xmlsec.constants.KeyDataFormatCertPem))
    document = etree.Element("document")
    data = xmlsec.template.encrypted_data_create(document, cipher, type=xmlsec.constants.TypeEncElement, ns="xenc")
    xmlsec.template.encrypted_data_ensure_cipher_value(data)
    info = xmlsec.template.encrypted_data_ensure_key_info(data, ns="ds")
    wrapped = xmlsec.template.add_encrypted_key(info, TRANSPORTS[transport])
    xmlsec.template.encrypted_data_ensure_cipher_value(wrapped)
    context = xmlsec.EncryptionContext(manager)
    context.key = xmlsec.Key.generate(xmlsec.constants.KeyDataAes, bits, xmlsec.constants.KeyDataTypeSession)
    return context.encrypt_binary(data, content)


def verifies(message: bytes, key: Key, ident: str = "") -> bool:
    """What the xmlsec1 binary says of the first signature, or of the one inside the element of this ID."""
    asked = [xmlsec1(), "--verify", "--pubkey-cert-pem", str(key.certificate)]
    for node in (f"{ASSERTION}:Assertion", f"{PROTOCOL}:Response", f"{PROTOCOL}:LogoutRequest"):
        asked += ["--id-attr:ID", node]
    if ident:
        asked += ["--node-xpath", f"//*[@ID='{ident}']/*[local-name()='Signature']"]
    return subprocess.run([*asked, "-"], input=message, capture_output=True, check=False).returncode == 0
