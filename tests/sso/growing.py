"""Messages that grow in every way in which whoever writes one can let it grow, and carry no signature that holds."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

from lxml import etree

from tests.sso import alone
from tests.sso.idp import IdP
from tests.sso.signing import ASSERTION, DSIG, PROTOCOL, XENC, encrypted_bytes, sign_here

EC = "http://www.w3.org/2001/10/xml-exc-c14n#"
RSA = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
DECLARED = f'xmlns:samlp="{PROTOCOL}" xmlns:saml="{ASSERTION}" xmlns:ds="{DSIG}" xmlns:xenc="{XENC}"'
PREFIXES = " ".join(f"n{number}" for number in range(16))
SIZES = (30_000, 120_000)


def times(piece: str, size: int) -> str:
    """So often that it is about `size` long; `{}` in it is a number."""
    return "".join(piece.replace("{}", str(number)) for number in range(max(1, size // (len(piece) + 2))))


def namespaces(count: int, first: int = 0) -> str:
    return "".join(f' xmlns:n{number}="urn:n{number}"' for number in range(first, first + count))


PAD = " " * 26  # so that there are no more elements than the reader's bound allows
QUALIFIED = f'<y q:a="" q:b=""/>{PAD}'
FIFTY = namespaces(50)
TWENTY_ATTRIBUTES = "".join(f' a{number}=""' for number in range(20))
TWENTY_QUALIFIED = "".join(f' n{number}:a=""' for number in range(20))
FOUR_TIMES = "".join(f"<x{namespaces(6)}>" for _ in range(4))

# Each makes about `size` of text beside or around what is `inside`, for a place where foreign elements may stand.
Growth = Callable[[int, str], str]
INSIDE: dict[str, Growth] = {
    "elements": lambda size, inside: times(f"<x/>{PAD}", size) + inside,
    "elements beyond the bound": lambda size, inside: times("<x/>", size) + inside,
    "names": lambda size, inside: times(f"<x{{}}/>{PAD}", size) + inside,
    "attributes": lambda size, inside: times(f"<x{TWENTY_ATTRIBUTES}/>", size) + inside,
    "attributes in one": lambda size, inside: "<x" + times(' a{}=""', size) + f"/>{inside}",
    "namespaces": lambda size, inside: times(f"<x{FIFTY}/>", size) + inside,
    "namespaces in one": lambda size, inside: f"<x{namespaces(size // 22)}>{inside}</x>",
    "namespaces around": lambda size, inside: f"<x{FIFTY}>{times(f'<n7:y/>{PAD}', size)}{inside}</x>",
    "namespaces used": lambda size, inside: f"<x{FIFTY}>{times(f'<n1:x{TWENTY_QUALIFIED}/>', size)}{inside}</x>",
    "namespaces again": lambda size, inside: FOUR_TIMES + times(f"<n0:y/>{PAD}", size) + inside + "</x>" * 4,
    "long namespace": lambda size, inside: (
        f'<x xmlns:q="{"a" * (size // 2)}">{times(f"<q:y/>{PAD}", size // 2)}{inside}</x>'
    ),
    "long namespace of attributes": lambda size, inside: (
        f'<x xmlns:q="{"a" * (size // 2)}">{times(QUALIFIED, size // 2)}{inside}</x>'
    ),
    "long namespace without a prefix": lambda size, inside: (
        f'<x xmlns="{"a" * (size // 2)}">{times(f"<y/>{PAD}", size // 2)}{inside}</x>'
    ),
    "depth": lambda size, inside: "<x>" * (size // 7) + inside + "</x>" * (size // 7),
    "depth within the bound": lambda size, inside: times("<x>" * 25 + "</x>" * 25 + " " * 600, size) + inside,
    "text": lambda size, inside: f"<x>{'a' * size}</x>" + inside,
    "character references": lambda size, inside: f"<x>{times('&#65;', size)}</x>" + inside,
    "long attributes": lambda size, inside: '<x a="' + times("&#10;", size) + f'"/>{inside}',
    "ids": lambda size, inside: times(f'<x ID="i{{}}"/>{PAD}', size) + inside,
    "undeclared prefixes": lambda size, inside: times("<q:x/>", size) + inside,
}
_DATA = "<xenc:CipherData><xenc:CipherValue>AAAA</xenc:CipherValue></xenc:CipherData>"
# The same for the parts of a message that there are rules for.
PARTS: dict[str, Callable[[int], str]] = {
    "certificates": lambda size: signature("_r", keys=times("<ds:X509Certificate>AAAA</ds:X509Certificate>", size)),
    "prefix list": lambda size: signature("_r", prefixes=times("p{} ", size)),
    "prefix list of namespaces": lambda size: (
        signature("_r", prefixes=times("n{} ", size // 4))
        + f"<samlp:Extensions>{INSIDE['namespaces in one'](size // 2, times('<n1:y/>', size // 4))}</samlp:Extensions>"
    ),
    "long prefixes": lambda size: signature("_r", prefixes=" ".join(f"{'p' * (size // 16)}{n}" for n in range(16))),
    "references": lambda size: signature("_r", references=size // 300),
    "transforms": lambda size: signature("_r", transforms=times(f'<ds:Transform Algorithm="{EC}"/>', size)),
    "signature value": lambda size: signature("_r", value="A" * (size // 4 * 4)),
    "signatures": lambda size: times(signature("_r"), size),
    "status codes": lambda size: "<samlp:Status>" + times('<samlp:StatusCode Value="x"/>', size) + "</samlp:Status>",
    "assertions": lambda size: times('<saml:Assertion ID="_a{}" Version="2.0"/>', size),
    "encrypted assertions": lambda size: times("<saml:EncryptedAssertion/>", size),
    "encrypted keys": lambda size: (
        f"<saml:EncryptedAssertion><xenc:EncryptedData>{_DATA}</xenc:EncryptedData>"
        f"{times(f'<xenc:EncryptedKey>{_DATA}</xenc:EncryptedKey>', size)}</saml:EncryptedAssertion>"
    ),
    "encrypted value": lambda size: (
        f"<saml:EncryptedAssertion><xenc:EncryptedData>{_DATA.replace('AAAA', 'A' * (size // 4 * 4))}"
        f"</xenc:EncryptedData><xenc:EncryptedKey>{_DATA}</xenc:EncryptedKey></saml:EncryptedAssertion>"
    ),
}


def signature(
    ident: str, *, prefixes: str = "", keys: str = "", references: int = 1, transforms: str = "", value: str = "AAAA"
) -> str:
    kept = f'<ec:InclusiveNamespaces xmlns:ec="{EC}" PrefixList="{prefixes}"/>' if prefixes else ""
    reference = (
        f'<ds:Reference URI="#{ident}"><ds:Transforms><ds:Transform Algorithm="{DSIG}enveloped-signature"/>'
        f'<ds:Transform Algorithm="{EC}">{kept}</ds:Transform>{transforms}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{XENC}sha256"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>'
    )
    return (
        f'<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{EC}">{kept}</ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{RSA}"/>{reference * references}</ds:SignedInfo>'
        f"<ds:SignatureValue>{value}</ds:SignatureValue>"
        f"<ds:KeyInfo><ds:X509Data>{keys}</ds:X509Data></ds:KeyInfo></ds:Signature>"
    )


def made_up(inside: str) -> bytes:
    """Signed by nobody, and a stranger's list of prefixes with it."""
    return response(f"{signature('_r', prefixes=PREFIXES)}<samlp:Extensions>{inside}</samlp:Extensions>")


def changed(inside: str) -> bytes:
    """With a signature that the provider made once, over something else."""
    head, _, tail = _signed().partition(b"INSIDE")
    return head + inside.encode() + tail


def secret(inside: str) -> bytes:
    """Encrypted for us, which anybody can."""
    assertion = f'<saml:Assertion {DECLARED} ID="_a"><saml:Advice>{inside}</saml:Advice></saml:Assertion>'
    data = etree.tostring(encrypted_bytes(assertion.encode(), alone.ours().pem)).decode()
    return response(f"<saml:EncryptedAssertion>{data}</saml:EncryptedAssertion>")


def response(inside: str) -> bytes:
    issuer, status = f"<saml:Issuer>{IdP().entity_id}</saml:Issuer>", f"{PROTOCOL[:-9]}:status:Success"
    status = f'<samlp:Status><samlp:StatusCode Value="{status}"/></samlp:Status>' if "Status>" not in inside else ""
    issued = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")  # or it would be refused for that, unread
    about = f'ID="_r" Version="2.0" IssueInstant="{issued}"'
    return f"<samlp:Response {DECLARED} {about}>{issuer}{inside}{status}</samlp:Response>".encode()


@cache
def _signed() -> bytes:
    return sign_here(etree.fromstring(response("<samlp:Extensions><x>INSIDE</x></samlp:Extensions>")), PREFIXES.split())
