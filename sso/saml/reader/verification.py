"""Verify and decrypt parts of a message, recording each check."""

from sso.check_log import CheckLog, CheckSource
from sso.saml.reader.encryption import Undecipherable, decrypted
from sso.saml.reader.signatures import Untrusted, verified
from sso.saml.reader.xml import Element, UnreadableMessage
from sso.saml.values import Expected

# The check's name, by that of the element.
DECRYPTABLE = {
    "saml:Assertion": "The Assertion can be decrypted",
    "saml:NameID": "The NameID can be decrypted",
}


def verified_by(expected: Expected, element: Element, log: CheckLog, check: str) -> Element:
    """Return the element as the provider signed it, or raise SignInRefused. Later checks judge the provider."""
    try:
        alone = verified(element, expected.certificates)
    except (Untrusted, UnreadableMessage) as error:
        log.refuse(check, "bad_signature", str(error))
    log.source, log.message = CheckSource.PROVIDER, alone.get("ID", "")
    log.passed(check, "by a certificate of this provider")
    return alone


def decrypted_by(expected: Expected, encrypted: Element, log: CheckLog, name: str) -> Element:
    """Return the element `name` in it, or raise SignInRefused."""
    try:
        return decrypted(encrypted, expected.private_keys, name=name)
    except Undecipherable as error:
        log.refuse(DECRYPTABLE[name], "bad_encryption", str(error))
