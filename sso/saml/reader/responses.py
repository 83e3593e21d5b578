"""A SAML response, from bytes to what may be believed of it (SAML Core §3.2.2, Profiles §4.1.4, Bindings §3.5).

The order matters: nothing of an assertion is read before its signature is verified, and then only from what was.
"""

from datetime import datetime, timedelta

from sso.said import Said
from sso.saml.reader.encryption import Undecipherable, decrypted
from sso.saml.reader.profile import MESSAGE, check
from sso.saml.reader.signatures import Untrusted, is_signed, verified
from sso.saml.reader.times import NotATime, read_time
from sso.saml.reader.xml import Element, Unreadable, parse, posted, tag
from sso.saml.values import Expected
from sso.trial import Trial

SKEW = timedelta(seconds=60)
SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
LONGEST_SUBJECT = 512
QUALIFIERS = ("Format", "NameQualifier", "SPNameQualifier")


def read_response(field: str, expected: Expected, trial: Trial) -> Said:
    """What the SAMLResponse form field says of somebody; Refused by the first check that fails."""
    try:
        response = parse(posted(field))
        check(response, MESSAGE)
    except Unreadable as error:
        trial.refuse("The message can be read", "bad_message", str(error))
    trial.require(
        response.tag == tag("samlp:Response") and response.get("Version") == "2.0",
        "It is a SAML 2.0 response", "bad_message", f"It is {response.tag}, version {response.get('Version')}.",
    )  # fmt: skip
    response = _check_response(response, expected, trial)
    assertion = _the_assertion(response, expected, trial)
    return _read_assertion(assertion, response.get("InResponseTo", ""), expected, trial)


def _check_response(response: Element, expected: Expected, trial: Trial) -> Element:
    """The response; as it was signed, where it was."""
    issuer = text_at(response, "saml:Issuer")
    trial.require(
        issuer in ("", expected.issuer) and bool(expected.issuer),
        "The response's issuer", "other_issuer", f"It is {issuer!r} and not {expected.issuer!r}.",
    )  # fmt: skip
    if is_signed(response):
        response = _verified(response, expected, trial, "The response's signature")
    destination = response.get("Destination", "")
    trial.require(
        destination in ("", expected.recipient),
        "The response's destination", "other_recipient", f"It is {destination!r} and not {expected.recipient!r}.",
    )  # fmt: skip
    _check_status(response, trial)
    return response


def _check_status(response: Element, trial: Trial) -> None:
    codes = [code.get("Value", "") for code in response.iterfind(f"{tag('samlp:Status')}//{tag('samlp:StatusCode')}")]
    message = text_at(response, "samlp:Status", "samlp:StatusMessage")
    said = ", ".join(code.rpartition(":")[2] for code in codes) or "no status"
    trial.require(
        codes[:1] == [SUCCESS],
        "The provider's status", "provider_failed", f"It says {said}{': ' + message if message else ''}.",
    )  # fmt: skip


def _the_assertion(response: Element, expected: Expected, trial: Trial) -> Element:
    plain = response.findall(tag("saml:Assertion"))
    encrypted = response.findall(tag("saml:EncryptedAssertion"))
    everywhere = [*response.iter(tag("saml:Assertion")), *response.iter(tag("saml:EncryptedAssertion"))]
    trial.require(
        len(everywhere) == 1 == len(plain) + len(encrypted),
        "There is one assertion", "bad_assertion", f"There are {len(everywhere)}.",
    )  # fmt: skip
    if plain:
        return _verified(plain[0], expected, trial, "The assertion's signature")
    try:
        assertion = decrypted(encrypted[0], expected.private_keys, name="saml:Assertion")
    except Undecipherable as error:
        trial.refuse("The assertion can be decrypted", "bad_encryption", str(error))
    return _verified(assertion, expected, trial, "The assertion's signature")


def _verified(element: Element, expected: Expected, trial: Trial, check: str) -> Element:
    try:
        alone = verified(element, expected.certificates)
    except (Untrusted, Unreadable) as error:
        trial.refuse(check, "bad_signature", str(error))
    trial.passed(check, "by a certificate of this provider")
    return alone


def _read_assertion(assertion: Element, asked: str, expected: Expected, trial: Trial) -> Said:
    issuer = text_at(assertion, "saml:Issuer")
    trial.require(
        issuer == expected.issuer, "The assertion's issuer", "other_issuer", f"It is {issuer!r}.", passed=issuer
    )
    request_id, usable_until = _confirmation(assertion, asked, expected, trial)
    usable_until = _conditions(assertion, usable_until, expected, trial)
    trial.require(
        bool(request_id) or expected.unsolicited,
        "It answers a request of ours", "not_asked", "It names none, and this provider may not begin sign-ins.",
        passed=request_id or "it names none, which this provider may",
    )  # fmt: skip
    name_id = _name_id(assertion, trial)
    statement, authenticated_at, not_after = _statement(assertion, expected, trial)
    return Said(
        issuer=issuer,
        subject=name_id.text,
        name_id={name: name_id.get(name) for name in QUALIFIERS if name_id.get(name)},
        attributes=attributes_of(assertion),
        request_id=request_id,
        message_id=assertion.get("ID"),
        usable_until=usable_until + SKEW,
        authenticated_at=authenticated_at,
        not_after=not_after,
        session_index=statement.get("SessionIndex", "")[:LONGEST_SUBJECT],
    )  # fmt: skip


def _confirmation(assertion: Element, asked: str, expected: Expected, trial: Trial) -> tuple[str, datetime]:
    """The request it answers, and until when, by its one bearer confirmation (Profiles §4.1.4.2)."""
    check = "It is for whoever brings it here"
    confirmations = assertion.findall(f"{tag('saml:Subject')}/{tag('saml:SubjectConfirmation')}")
    bearer = [one for one in confirmations if one.get("Method") == BEARER]
    data = bearer[0].find(tag("saml:SubjectConfirmationData")) if len(bearer) == 1 else None
    if data is None:
        trial.refuse(check, "bad_assertion", "It has to have one bearer confirmation, with its data.")
    recipient = data.get("Recipient", "")
    trial.require(
        recipient == expected.recipient, check, "other_recipient", f"The recipient is {recipient!r}.", passed=recipient
    )
    until = time_of(data, "NotOnOrAfter", trial)
    trial.require(
        until is not None, "It says until when", "bad_assertion", "SubjectConfirmationData has no NotOnOrAfter."
    )
    assert until is not None  # noqa: S101  for the type checker
    _check_times(time_of(data, "NotBefore", trial), until, expected, trial, "It is confirmed for now")
    answered = data.get("InResponseTo", "")
    trial.require(
        answered == asked, "Response and assertion answer the same request", "not_asked",
        f"The response answers {asked!r}, the assertion {answered!r}.",
    )  # fmt: skip
    return answered, until


def _conditions(assertion: Element, until: datetime, expected: Expected, trial: Trial) -> datetime:
    """Core §2.5.1: every condition has to hold. MESSAGE has those that are known."""
    conditions = assertion.find(tag("saml:Conditions"))
    if conditions is None:
        trial.refuse("It has conditions", "bad_assertion", "There are no Conditions, so it would be for anybody.")
    before, after = time_of(conditions, "NotBefore", trial), time_of(conditions, "NotOnOrAfter", trial)
    _check_times(before, after, expected, trial, "It is valid now")

    restrictions = [
        [own_text(one) for one in restriction.findall(tag("saml:Audience"))]
        for restriction in conditions.findall(tag("saml:AudienceRestriction"))
    ]
    trial.require(
        bool(restrictions) and all(expected.entity_id in audiences for audiences in restrictions),
        "It is for us", "other_audience",
        f"The audience is {restrictions or 'not said'}, and we are {expected.entity_id!r}.", passed=expected.entity_id,
    )  # fmt: skip
    return max(until, after or until)


def _check_times(before: datetime | None, after: datetime | None, expected: Expected, trial: Trial, check: str) -> None:
    now = expected.now
    early = before is not None and before > now + SKEW
    late = after is not None and after <= now - SKEW
    trial.require(
        not early and not late, check, "bad_time",
        f"From {before or 'any time'} until {after or 'any time'}; here it is {now:%Y-%m-%d %H:%M:%S} UTC.",
    )  # fmt: skip


def _name_id(assertion: Element, trial: Trial) -> Element:
    found = assertion.find(f"{tag('saml:Subject')}/{tag('saml:NameID')}")
    text = "" if found is None else found.text or ""
    plain = (
        bool(text) and text == text.strip() and text.isprintable() and len(text) <= LONGEST_SUBJECT and not len(found)
    )
    trial.require(
        plain, "It names somebody", "no_identity",
        "There is no NameID, or it is encrypted, too long, or has white space around it.",
    )  # fmt: skip
    return found


def _statement(assertion: Element, expected: Expected, trial: Trial) -> tuple[Element, datetime, datetime | None]:
    """How and when they authenticated there; and when the provider wants our session to end, if it says so."""
    statement = assertion.find(tag("saml:AuthnStatement"))
    if statement is None:
        trial.refuse("It says that they authenticated", "bad_assertion", "There is no AuthnStatement.")
    at = time_of(statement, "AuthnInstant", trial) or expected.now
    _check_times(at, None, expected, trial, "They authenticated before now")
    not_after = time_of(statement, "SessionNotOnOrAfter", trial)
    trial.require(
        not_after is None or not_after > expected.now,
        "The provider's own session goes on", "bad_time", f"It ended at {not_after}.",
    )  # fmt: skip
    return statement, min(at, expected.now), not_after


def attributes_of(assertion: Element) -> dict[str, list[str]]:
    """By their names, and by their friendly names where nothing else goes by that."""
    by_name: dict[str, list[str]] = {}
    by_friendly_name: dict[str, list[str]] = {}
    for attribute in assertion.iterfind(f"{tag('saml:AttributeStatement')}/{tag('saml:Attribute')}"):
        values = [own_text(value) for value in attribute.findall(tag("saml:AttributeValue"))]
        by_name.setdefault(attribute.get("Name", ""), []).extend(values)
        if attribute.get("FriendlyName"):
            by_friendly_name.setdefault(attribute.get("FriendlyName"), []).extend(values)
    return {**by_friendly_name, **by_name}


def text_at(element: Element, *path: str) -> str:
    found = element.find("/".join(tag(name) for name in path))
    return "" if found is None else own_text(found)


def own_text(element: Element) -> str:
    """Without children's; an element with children has no text that everybody reads alike."""
    return "" if len(element) else element.text or ""


def time_of(element: Element, name: str, trial: Trial) -> datetime | None:
    """The time in an attribute; None without it, Refused when it can't be read."""
    text = element.get(name)
    if text is None:
        return None
    try:
        return read_time(text)
    except NotATime as error:
        trial.refuse("Its times can be read", "bad_assertion", f"{name} {error}")
