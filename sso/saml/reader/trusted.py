"""What a message has that is verified or decrypted, as a check of a trial."""

from sso.saml.reader.encryption import Undecipherable, decrypted
from sso.saml.reader.signatures import Untrusted, verified
from sso.saml.reader.xml import Element, Unreadable
from sso.saml.values import Expected
from sso.trial import Source, Trial


def verified_by(expected: Expected, element: Element, trial: Trial, check: str) -> Element:
    """The element as the provider signed it, or Refused. What is checked from here on are the provider's words."""
    try:
        alone = verified(element, expected.certificates)
    except (Untrusted, Unreadable) as error:
        trial.refuse(check, "bad_signature", str(error))
    trial.source, trial.message = Source.PROVIDER, alone.get("ID", "")
    trial.passed(check, "by a certificate of this provider")
    return alone


def decrypted_by(expected: Expected, encrypted: Element, trial: Trial, name: str) -> Element:
    """The element `name` in it, or Refused."""
    try:
        return decrypted(encrypted, expected.private_keys, name=name)
    except Undecipherable as error:
        trial.refuse(f"The {name.partition(':')[2]} can be decrypted", "bad_encryption", str(error))
