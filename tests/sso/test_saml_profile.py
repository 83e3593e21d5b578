"""What a message may be made of: generated over the profile, and in the forms in which known products send it."""

import re
from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
from lxml import etree

from sso.saml.reader.profile import MESSAGE, check
from sso.saml.reader.xml import NAMESPACES, UnreadableMessage, tag
from tests.sso import alone
from tests.sso.signing import DSIG, NAMES, XENC
from tests.sso.vocabulary import SECURITY

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
KINDS = [name for name in MESSAGE.kinds if "/" not in name]
ONCE = [(name, child) for name in KINDS for child in sorted(MESSAGE.kinds[name].once)]


def element(name: str, *children: str) -> Any:
    made = etree.Element(tag(name))
    for child in children:
        etree.SubElement(made, tag(child))
    return made


@pytest.mark.parametrize(("name", "child"), ONCE)
def test_what_may_stand_there_once_may_not_stand_there_twice(name: str, child: str) -> None:
    check(element(name, child), MESSAGE)

    with pytest.raises(UnreadableMessage, match=f"{child} stands 2 times in {name}"):
        check(element(name, child, child), MESSAGE)


@pytest.mark.parametrize("name", KINDS)
def test_an_attribute_that_is_not_known_is_refused(name: str) -> None:
    made = element(name)
    for known in MESSAGE.kinds[name].attributes:
        made.set(known, "")
    check(made, MESSAGE)
    made.set("unknown", "")

    if name != "saml:AuthnContextDecl":
        with pytest.raises(UnreadableMessage, match="unknown"):
            check(made, MESSAGE)


FOREIGN, TYPE = "{urn:foreign}any", f"{{{NAMESPACES['xsi']}}}type"
KNOWN = [name for name in KINDS if name != "saml:AuthnContextDecl"]


def accepted_from_elsewhere(name: str) -> list[str]:
    """The attributes of other namespaces that an element may have."""
    if MESSAGE.kinds[name].extensible:
        return [FOREIGN, TYPE]
    return [TYPE] if name.startswith(("saml:", "samlp:")) else []


def with_attributes(name: str, *attributes: str) -> Any:
    made = element(name)
    for attribute in attributes:
        made.set(attribute, "")
    return made


@pytest.mark.whole
@pytest.mark.parametrize("name", KNOWN)
def test_attributes_of_other_namespaces_are_refused_where_they_are_not_listed(name: str) -> None:
    accepted = accepted_from_elsewhere(name)
    check(with_attributes(name, *accepted), MESSAGE)

    for other in {FOREIGN, TYPE}.difference(accepted):
        with pytest.raises(UnreadableMessage, match=re.escape(other)):
            check(with_attributes(name, *accepted, other), MESSAGE)


@pytest.mark.whole
@pytest.mark.parametrize("name", KNOWN)
def test_an_attribute_is_refused_beside_whichever_others(name: str) -> None:
    attributes = ["unknown", *accepted_from_elsewhere(name), *sorted(MESSAGE.kinds[name].attributes)[:1]]

    for order in permutations(attributes):
        with pytest.raises(UnreadableMessage, match="unknown"):
            check(with_attributes(name, *order), MESSAGE)


@pytest.mark.parametrize("name", [name for name in KINDS if not MESSAGE.kinds[name].text])
def test_text_between_elements_is_refused(name: str) -> None:
    made = element(name)
    made.text = "\n "
    check(made, MESSAGE)
    made.text = "text"

    with pytest.raises(UnreadableMessage, match="text"):
        check(made, MESSAGE)


@pytest.mark.parametrize("name", KINDS)
def test_what_is_not_listed_is_refused_by_name(name: str) -> None:
    listed = {tag(child) for child in MESSAGE.kinds[name].once | MESSAGE.kinds[name].repeated}
    for security in sorted({*SECURITY} - listed):
        made = element(name)
        etree.SubElement(made, security)
        if "filter2" in security and MESSAGE.kinds[name].extensible:
            continue  # of a namespace that nobody here knows

        with pytest.raises(UnreadableMessage, match=security.rpartition("}")[2]):
            check(made, MESSAGE)


def keycloak(root: Any) -> None:
    """The key's name, and the key itself, beside the certificate."""
    info = root.find(".//ds:KeyInfo", NAMES)
    etree.SubElement(info, f"{{{DSIG}}}KeyName").text = "FJ86GcF3jTbNLOco4NvZkUCIUmfYCqoqtOQeMfbhNlE"
    value = etree.SubElement(etree.SubElement(info, f"{{{DSIG}}}KeyValue"), f"{{{DSIG}}}RSAKeyValue")
    etree.SubElement(value, f"{{{DSIG}}}Modulus").text = "AAAA"
    etree.SubElement(value, f"{{{DSIG}}}Exponent").text = "AQAB"


def adfs(root: Any) -> None:
    """The certificate that was encrypted for, by its issuer and number."""
    key = root.find(".//xenc:EncryptedKey", NAMES)
    data = etree.Element(f"{{{DSIG}}}X509Data")
    serial = etree.SubElement(data, f"{{{DSIG}}}X509IssuerSerial")
    etree.SubElement(serial, f"{{{DSIG}}}X509IssuerName").text = "CN=us"
    etree.SubElement(serial, f"{{{DSIG}}}X509SerialNumber").text = "1"
    info = etree.Element(f"{{{DSIG}}}KeyInfo")
    info.append(data)
    key.find("xenc:EncryptionMethod", NAMES).addnext(info)


def wif(root: Any) -> None:
    """The certificate that was encrypted for, by a reference of WS-Security."""
    key = root.find(".//xenc:EncryptedKey", NAMES)
    info = etree.Element(f"{{{DSIG}}}KeyInfo")
    etree.SubElement(
        etree.SubElement(info, f"{{{WSSE}}}SecurityTokenReference"), f"{{{WSSE}}}KeyIdentifier"
    ).text = "AA=="
    key.find("xenc:EncryptionMethod", NAMES).addnext(info)


def opensaml(root: Any) -> None:
    """The encrypted key beside the data, which refers to it, as it does to the data."""
    data, key = root.find(".//xenc:EncryptedData", NAMES), root.find(".//xenc:EncryptedKey", NAMES)
    data.set("Id", "_data")
    key.set("Id", "_key")
    key.set("Recipient", alone.US)
    info = key.getparent()
    data.addnext(key)
    etree.SubElement(info, f"{{{DSIG}}}RetrievalMethod", URI="#_key", Type=f"{XENC}EncryptedKey")
    etree.SubElement(etree.SubElement(key, f"{{{XENC}}}ReferenceList"), f"{{{XENC}}}DataReference", URI="#_data")


@pytest.mark.parametrize(
    ("product", "message"),
    [(keycloak, alone.genuine), (adfs, alone.encrypted), (wif, alone.encrypted), (opensaml, alone.encrypted)],
)
def test_it_takes_the_form_of(product: Callable[[Any], None], message: Callable[[], bytes]) -> None:
    root = etree.fromstring(message())
    product(root)

    assert alone.judged(etree.tostring(root)) == ("", "")


@pytest.mark.parametrize("uri", ["", "#", "#_data", "#_other", "file:///etc/hostname", "http://127.0.0.1/#_key"])
def test_the_encrypted_key_is_nowhere_else(uri: str) -> None:
    root = etree.fromstring(alone.encrypted())
    opensaml(root)
    root.find(".//ds:RetrievalMethod", NAMES).set("URI", uri)

    assert alone.judged(etree.tostring(root))[0] == "bad_encryption"
