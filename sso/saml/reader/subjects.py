"""The subject of a message and its confirmation (SAML Core §2.2, §2.4; Profiles §4.1.4)."""

from common.visible import is_visible
from common.wording import Wording
from sso.check_log import CheckLog, SignInRefused
from sso.saml.reader.parts import check_times, own_text, time_of, uri
from sso.saml.reader.verification import decrypted_by
from sso.saml.reader.xml import Element, tag
from sso.saml.values import Expected

BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
LONGEST_SUBJECT = 512
LONGEST_QUALIFIER = 1024  # as entity IDs, which they are (Core §8.3.6, §8.3.7)
QUALIFIERS = ("Format", "NameQualifier", "SPNameQualifier")


def named(parent: Element, expected: Expected, log: CheckLog) -> tuple[str, dict[str, str]]:
    """Return the NameID of a Subject or LogoutRequest, decrypted if need be, with its format and qualifiers."""
    check = "It has a subject"
    clear, encrypted = parent.findall(tag("saml:NameID")), parent.findall(tag("saml:EncryptedID"))
    if len(clear) + len(encrypted) != 1:
        log.refuse(check, "no_identity", "There has to be one NameID, or one EncryptedID.")
    name_id = clear[0] if clear else decrypted_by(expected, encrypted[0], log, "saml:NameID")
    text = own_text(name_id)
    plain = bool(text) and text == text.strip() and is_visible(text) and len(text) <= LONGEST_SUBJECT
    long = [name for name in QUALIFIERS if len(name_id.get(name, "")) > LONGEST_QUALIFIER]
    if long:
        log.refuse(
            check,
            "no_identity",
            Wording("The NameID's {name} has more than {most} characters.", name=long[0], most=LONGEST_QUALIFIER),
        )
    qualifiers = {name: name_id.get(name, "") for name in QUALIFIERS} | {"Format": uri(name_id.get("Format", ""))}
    said_format = qualifiers["Format"].rpartition(":")[2] or "no format"
    log.require(
        plain,
        check,
        "no_identity",
        Wording("The NameID is empty, too long, or has white space around it: {text}.", text=repr(text)),
        passed=f"{text} ({said_format})",
    )
    return text, {name: value for name, value in qualifiers.items() if value}


def confirmed(assertion: Element, asked: str, expected: Expected, log: CheckLog) -> str:
    """Return the request that a valid bearer confirmation answers. One of several is enough (Core §2.4)."""
    confirmations = assertion.findall(f"{tag('saml:Subject')}/{tag('saml:SubjectConfirmation')}")
    furthest: tuple[SignInRefused, CheckLog] | None = None
    for one in (one for one in confirmations if one.get("Method") == BEARER):
        alone = CheckLog(source=log.source, message=log.message)
        try:
            answered = _confirmed_by(one, asked, expected, alone)
        except SignInRefused as refusal:
            if furthest is None or len(alone.checks) > len(furthest[1].checks):
                furthest = refusal, alone
            continue
        log.add(alone)
        return answered
    if furthest is None:
        log.refuse("It has a bearer confirmation", "bad_assertion", "It has no bearer confirmation.")
    log.add(furthest[1])
    raise furthest[0]


def _confirmed_by(confirmation: Element, asked: str, expected: Expected, log: CheckLog) -> str:
    check = "It has a bearer confirmation"
    data = confirmation.find(tag("saml:SubjectConfirmationData"))
    if data is None:
        log.refuse(check, "bad_assertion", "A bearer confirmation has to have its data.")
    recipient = uri(data.get("Recipient", ""))
    log.require(
        recipient == expected.recipient,
        check,
        "other_recipient",
        Wording("The recipient is {recipient}.", recipient=repr(recipient)),
        passed=recipient,
    )
    until = time_of(data, "NotOnOrAfter", log)
    log.require(
        until is not None,
        "The confirmation has an end",
        "bad_assertion",
        "SubjectConfirmationData has no NotOnOrAfter.",
    )
    check_times(time_of(data, "NotBefore", log), until, expected, log, "The confirmation is valid now")
    answered = str(data.get("InResponseTo", ""))
    log.require(
        answered == asked,
        "Response and assertion answer the same request",
        "not_asked",
        Wording("The response answers {asked}, the assertion {answered}.", asked=repr(asked), answered=repr(answered)),
    )
    return answered
