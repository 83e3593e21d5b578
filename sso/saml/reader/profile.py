"""Allow-list of elements and attributes in messages and metadata. Everything else is refused by name.

SAML: what single sign-on and single logout use (Core, Profiles §4.1 and §4.4). xmldsig and xmlenc: algorithms, values
and keys, but nothing that points elsewhere: no CipherReference, Manifest, Object or XPath. A ds:KeyInfo is text that
nobody follows: keys are pinned, and `encryption` takes the one encrypted key.
"""

from collections import Counter
from dataclasses import dataclass

from common.wording import Wording
from sso.saml.reader.xml import NAMESPACES, Element, UnreadableMessage, name_of


@dataclass(frozen=True)
class ElementProfile:
    """The attributes, children (`once` or `repeated`) and text that an element may have.

    `extensible` elements may also have attributes and children of foreign namespaces.
    """

    attributes: frozenset[str]
    once: frozenset[str]
    repeated: frozenset[str]
    text: bool
    extensible: bool


def kind(attributes: str = "", children: str = "", *, text: bool = False, extensible: bool = False) -> ElementProfile:
    """Build an ElementProfile. Names are separated by spaces; a child followed by `*` may be repeated."""
    names = children.split()
    return ElementProfile(
        attributes=frozenset(attributes.split()),
        once=frozenset(name for name in names if not name.endswith("*")),
        repeated=frozenset(name[:-1] for name in names if name.endswith("*")),
        text=text,
        extensible=extensible,
    )


@dataclass(frozen=True)
class Profile:
    """`kinds` are element profiles by name. Other elements with a prefix in `guarded` are refused everywhere.

    `anywhere` are guarded elements that may stand in an extensible one.
    """

    kinds: dict[str, ElementProfile]
    guarded: frozenset[str]
    anywhere: frozenset[str] = frozenset()


_TEXT = kind(text=True)
_ALGORITHM = kind("Algorithm")
_NAMED = "Format NameQualifier SPNameQualifier SPProvidedID"
_MESSAGE = "ID Version IssueInstant Destination Consent"
_TOP = "saml:Issuer ds:Signature samlp:Extensions"
_SOMEBODY = "saml:NameID saml:EncryptedID"
_ENCRYPTED = "Id Type MimeType Encoding"
_FOREIGN = kind(text=True, extensible=True)

SIGNATURE = {
    "ds:Signature": kind("Id", "ds:SignedInfo ds:SignatureValue ds:KeyInfo"),
    "ds:SignedInfo": kind("Id", "ds:CanonicalizationMethod ds:SignatureMethod ds:Reference"),
    "ds:SignatureValue": kind("Id", text=True),
    "ds:CanonicalizationMethod": kind("Algorithm", "ec:InclusiveNamespaces"),
    "ds:SignatureMethod": _ALGORITHM,
    "ds:Reference": kind("Id URI Type", "ds:Transforms ds:DigestMethod ds:DigestValue"),
    "ds:Transforms": kind("", "ds:Transform*"),
    "ds:Transform": kind("Algorithm", "ec:InclusiveNamespaces"),
    "ec:InclusiveNamespaces": kind("PrefixList"),
    "ds:DigestMethod": _ALGORITHM,
    "ds:DigestValue": _TEXT,
    # Microsoft's products put references to WS-Security tokens here.
    "ds:KeyInfo": kind("Id", "ds:KeyName* ds:KeyValue* ds:X509Data*", extensible=True),
    "ds:KeyName": _TEXT,
    "ds:KeyValue": kind("", "ds:RSAKeyValue ds:DSAKeyValue ds11:ECKeyValue"),
    "ds:RSAKeyValue": kind("", "ds:Modulus ds:Exponent"),
    "ds:DSAKeyValue": kind("", "ds:P ds:Q ds:G ds:Y ds:J ds:Seed ds:PgenCounter"),
    "ds11:ECKeyValue": kind("Id", "ds11:NamedCurve ds11:PublicKey"),
    "ds11:NamedCurve": kind("URI"),
    "ds:X509Data": kind(
        "", "ds:X509Certificate* ds:X509SubjectName* ds:X509IssuerSerial* ds:X509SKI* ds11:X509Digest*"
    ),
    "ds:X509IssuerSerial": kind("", "ds:X509IssuerName ds:X509SerialNumber"),
    "ds11:X509Digest": kind("Algorithm", text=True),
    **dict.fromkeys(
        (
            *(f"ds:{name}" for name in ("Modulus", "Exponent", "P", "Q", "G", "Y", "J", "Seed", "PgenCounter")),
            *(f"ds:X509{name}" for name in ("Certificate", "SubjectName", "SKI", "IssuerName", "SerialNumber")),
            "ds11:PublicKey",
        ),
        _TEXT,
    ),
}

ENCRYPTION = {
    "xenc:EncryptedData": kind(_ENCRYPTED, "xenc:EncryptionMethod ds:KeyInfo xenc:CipherData"),
    "xenc:EncryptedKey": kind(
        f"{_ENCRYPTED} Recipient",
        "xenc:EncryptionMethod ds:KeyInfo xenc:CipherData xenc:ReferenceList xenc:CarriedKeyName",
    ),
    "xenc:EncryptedData/ds:KeyInfo": kind("Id", "ds:KeyName* xenc:EncryptedKey ds:RetrievalMethod"),
    # Without transforms. `encryption` reads it as the one key beside the data, and as nothing else.
    "ds:RetrievalMethod": kind("URI Type"),
    "xenc:EncryptionMethod": kind("Algorithm", "ds:DigestMethod xenc11:MGF"),
    "xenc11:MGF": _ALGORITHM,
    "xenc:CipherData": kind("", "xenc:CipherValue"),
    "xenc:CipherValue": _TEXT,
    "xenc:ReferenceList": kind("", "xenc:DataReference"),
    "xenc:DataReference": kind("URI"),
    "xenc:CarriedKeyName": _TEXT,
}

PROTOCOL = {
    "samlp:Response": kind(f"{_MESSAGE} InResponseTo", f"{_TOP} samlp:Status saml:Assertion* saml:EncryptedAssertion*"),
    "samlp:LogoutRequest": kind(f"{_MESSAGE} Reason NotOnOrAfter", f"{_TOP} {_SOMEBODY} samlp:SessionIndex*"),
    "samlp:LogoutResponse": kind(f"{_MESSAGE} InResponseTo", f"{_TOP} samlp:Status"),
    "samlp:Extensions": kind(extensible=True),
    "samlp:Status": kind("", "samlp:StatusCode samlp:StatusMessage samlp:StatusDetail"),
    "samlp:StatusCode": kind("Value", "samlp:StatusCode"),
    "samlp:StatusMessage": _TEXT,
    "samlp:StatusDetail": kind(extensible=True),
    "samlp:SessionIndex": _TEXT,
}

ASSERTION = {
    "saml:Assertion": kind(
        "Version ID IssueInstant",
        "saml:Issuer ds:Signature saml:Subject saml:Conditions saml:Advice saml:AuthnStatement"
        " saml:AttributeStatement*",
    ),
    "saml:EncryptedAssertion": kind("", "xenc:EncryptedData xenc:EncryptedKey"),
    "saml:Issuer": kind(_NAMED, text=True),
    "saml:Subject": kind("", f"{_SOMEBODY} saml:SubjectConfirmation*"),
    "saml:NameID": kind(_NAMED, text=True),
    "saml:EncryptedID": kind("", "xenc:EncryptedData xenc:EncryptedKey"),
    "saml:SubjectConfirmation": kind("Method", f"{_SOMEBODY} saml:SubjectConfirmationData"),
    "saml:SubjectConfirmationData": kind(
        "NotBefore NotOnOrAfter Recipient InResponseTo Address", "ds:KeyInfo*", text=True, extensible=True
    ),
    "saml:Conditions": kind(
        "NotBefore NotOnOrAfter", "saml:AudienceRestriction* saml:OneTimeUse saml:ProxyRestriction"
    ),
    "saml:AudienceRestriction": kind("", "saml:Audience*"),
    "saml:Audience": _TEXT,
    "saml:OneTimeUse": kind(),
    "saml:ProxyRestriction": kind("Count", "saml:Audience*"),
    "saml:Advice": kind(extensible=True),
    "saml:AuthnStatement": kind(
        "AuthnInstant SessionIndex SessionNotOnOrAfter", "saml:SubjectLocality saml:AuthnContext"
    ),
    "saml:SubjectLocality": kind("Address DNSName"),
    "saml:AuthnContext": kind(
        "",
        "saml:AuthnContextClassRef saml:AuthnContextDecl saml:AuthnContextDeclRef saml:AuthenticatingAuthority*",
    ),
    "saml:AuthnContextClassRef": _TEXT,
    "saml:AuthnContextDecl": _FOREIGN,
    "saml:AuthnContextDeclRef": _TEXT,
    "saml:AuthenticatingAuthority": _TEXT,
    "saml:AttributeStatement": kind("", "saml:Attribute*"),
    "saml:Attribute": kind("Name NameFormat FriendlyName", "saml:AttributeValue*", extensible=True),
    # eduPersonTargetedID is sent as a NameID in it.
    "saml:AttributeValue": kind("", "saml:NameID*", text=True, extensible=True),
}

_SECURITY = frozenset({"ds", "ds11", "ec", "xenc", "xenc11", "xi", "xsl"})
MESSAGE = Profile({**PROTOCOL, **ASSERTION, **SIGNATURE, **ENCRYPTION}, _SECURITY | {"saml", "samlp", "md"})
METADATA = Profile(
    {
        **SIGNATURE,
        # Encryption methods of the entity. None of it is used.
        **dict.fromkeys(("xenc:KeySize", "xenc:OAEPparams"), _TEXT),
        "xenc11:MGF": _ALGORITHM,
    },
    _SECURITY,
    frozenset({"ds:Signature", "ds:KeyInfo", "ds:DigestMethod", "xenc:KeySize", "xenc:OAEPparams", "xenc11:MGF"}),
)


def check(root: Element, profile: Profile) -> None:
    """Raise UnreadableMessage for the first element, attribute or text that `profile` does not allow."""
    for element in root.iter("*"):
        name = name_of(element.tag)
        has = _kind_of(element, name, profile)
        if has is None and element is root and _is_guarded(name, profile):
            raise UnreadableMessage(Wording("{name} is not accepted.", name=name[:80]))
        has = has or _FOREIGN
        _check_attributes(element, name, has)
        _check_children(element, name, has, profile)
        if not has.text:
            _refuse_text(element, name)


def _kind_of(element: Element, name: str, profile: Profile) -> ElementProfile | None:
    parent = element.getparent()
    inside = f"{name_of(parent.tag)}/{name}" if parent is not None else name
    return profile.kinds.get(inside) or profile.kinds.get(name)


def _check_attributes(element: Element, name: str, has: ElementProfile) -> None:
    for attribute in element.attrib:
        if attribute in has.attributes:
            continue
        namespace = attribute[1:].partition("}")[0] if attribute.startswith("{") else ""
        if has is _FOREIGN or (has.extensible and namespace):
            continue
        # The schema type of a value, which nothing here looks up.
        if namespace == NAMESPACES["xsi"] and name.startswith(("saml:", "samlp:")):
            continue
        raise UnreadableMessage(
            Wording(
                "{name} has the attribute {attribute}, which is not accepted.", name=name[:80], attribute=attribute[:80]
            )
        )


def _check_children(element: Element, name: str, has: ElementProfile, profile: Profile) -> None:
    children = Counter(name_of(child.tag) for child in element.iterchildren("*"))
    for child, times in children.items():
        if child in has.repeated or (child in has.once and times == 1):
            continue
        if child in has.once:
            raise UnreadableMessage(
                Wording(
                    "{child} stands {times} times in {name}, where it may stand once.",
                    child=child,
                    times=times,
                    name=name[:80],
                )
            )
        if has.extensible and (child in profile.anywhere or not _is_guarded(child, profile)):
            continue
        raise UnreadableMessage(Wording("{child} is not accepted in {name}.", child=child[:80], name=name[:80]))


def _is_guarded(name: str, profile: Profile) -> bool:
    return name.partition(":")[0] in profile.guarded


def _refuse_text(element: Element, name: str) -> None:
    texts = (element.text, *(child.tail for child in element))
    if any(text and text.strip() for text in texts):
        raise UnreadableMessage(Wording("There is text in {name}, beside what it is made of.", name=name[:80]))
