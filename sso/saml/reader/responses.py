"""Verify a SAML response (SAML Core §3.2.2, Profiles §4.1.4, Bindings §3.5).

The order matters: nothing of an assertion is read before its signature is verified, and then only the signed bytes are.
"""

from datetime import datetime

from common.wording import Wording
from sso.assertion import VerifiedAssertion
from sso.authn_context import MICROSOFTS, methods
from sso.check_log import CheckLog
from sso.refusals import ONE_ASSERTION
from sso.saml.reader.parts import check_issued, check_times, own_text, text_at, time_of, uri, uri_at
from sso.saml.reader.profile import MESSAGE, check
from sso.saml.reader.signatures import is_signed
from sso.saml.reader.subjects import LONGEST_SUBJECT, confirmed, named
from sso.saml.reader.verification import decrypted_by, verified_by
from sso.saml.reader.xml import Element, UnreadableMessage, name_of, parse, posted, tag
from sso.saml.values import FRESH_FOR, SKEW, Expected

SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
SIGNED = "The assertion's signature"


def read_response(field: str, expected: Expected, log: CheckLog) -> VerifiedAssertion:
    """Return what the SAMLResponse form field asserts, or raise SignInRefused at the first failed check."""
    try:
        response = parse(posted(field))
        check(response, MESSAGE)
    except UnreadableMessage as error:
        log.refuse("The message can be read", "bad_message", str(error))
    log.require(
        response.tag == tag("samlp:Response") and response.get("Version") == "2.0",
        "It is a SAML 2.0 response",
        "bad_message",
        Wording("It is {found}, version {version}.", found=name_of(response.tag), version=response.get("Version")),
    )
    response = _check_response(response, expected, log)
    assertion = _the_assertion(response, expected, log)
    return _read_assertion(assertion, response.get("InResponseTo", ""), expected, log)


def _check_response(response: Element, expected: Expected, log: CheckLog) -> Element:
    """Return the response; the signed bytes of it, if it is signed."""
    issuer = uri_at(response, "saml:Issuer")
    log.require(
        issuer in ("", expected.issuer) and bool(expected.issuer),
        "The response's issuer",
        "other_issuer",
        Wording("It is {issuer} and not {expected}.", issuer=repr(issuer), expected=repr(expected.issuer)),
    )
    if is_signed(response):
        response = verified_by(expected, response, log, "The response's signature")
    destination = uri(response.get("Destination", ""))
    log.require(
        destination in ("", expected.recipient),
        "The response's destination",
        "other_recipient",
        Wording(
            "It is {destination} and not {expected}.",
            destination=repr(destination),
            expected=repr(expected.recipient),
        ),
    )
    check_issued(response, expected, log, "The response was issued just now")
    _check_status(response, log)
    return response


def _check_status(response: Element, log: CheckLog) -> None:
    codes = [code.get("Value", "") for code in response.iterfind(f"{tag('samlp:Status')}//{tag('samlp:StatusCode')}")]
    message = text_at(response, "samlp:Status", "samlp:StatusMessage")
    status = ", ".join(code.rpartition(":")[2] for code in codes) or Wording("no status")
    log.require(
        codes[:1] == [SUCCESS],
        "The provider's status",
        "provider_failed",
        Wording("It says {status}.", status=f"{status}: {message}" if message else status),
    )


def _the_assertion(response: Element, expected: Expected, log: CheckLog) -> Element:
    plain = response.findall(tag("saml:Assertion"))
    encrypted = response.findall(tag("saml:EncryptedAssertion"))
    log.require(
        len(plain) + len(encrypted) == 1,
        ONE_ASSERTION,
        "bad_assertion",
        Wording("There are {count}.", count=len(plain) + len(encrypted)),
    )
    assertion = plain[0] if plain else decrypted_by(expected, encrypted[0], log, "saml:Assertion")
    if log.is_of_provider and not is_signed(assertion):
        # The assertion is part of the signed response, in clear or encrypted.
        log.passed(SIGNED, "with the response")
        return assertion
    return verified_by(expected, assertion, log, SIGNED)


def _read_assertion(assertion: Element, asked: str, expected: Expected, log: CheckLog) -> VerifiedAssertion:
    issuer = uri_at(assertion, "saml:Issuer")
    log.require(
        issuer == expected.issuer,
        "The assertion's issuer",
        "other_issuer",
        Wording("It is {issuer}.", issuer=repr(issuer)),
        passed=issuer,
    )
    log.require(bool(assertion.get("ID")), "It can be told from others", "bad_assertion", "It has no ID.")
    issued = check_issued(assertion, expected, log, "The assertion was issued just now")
    request_id = confirmed(assertion, asked, expected, log)
    _conditions(assertion, expected, log)
    log.require(
        bool(request_id) or expected.unsolicited,
        "It answers a request of ours",
        "not_asked",
        "It names none, and this provider may not begin sign-ins.",
        passed=request_id or "it names none, which this provider may",
    )
    subject, name_id = named(_subject(assertion, log), expected, log)
    statement, authenticated_at, not_after = _statement(assertion, expected, log)
    attributes = attributes_of(assertion)
    return VerifiedAssertion(
        issuer=issuer,
        subject=subject,
        name_id=name_id,
        attributes=attributes,
        request_id=request_id,
        message_id=assertion.get("ID"),
        usable_until=issued + FRESH_FOR + SKEW,
        authenticated_at=authenticated_at,
        not_after=not_after,
        session_index=statement.get("SessionIndex", "")[:LONGEST_SUBJECT],
        methods=_methods(statement, attributes),
        context=_context(statement)[:LONGEST_SUBJECT],
    )


def _subject(assertion: Element, log: CheckLog) -> Element:
    found = assertion.find(tag("saml:Subject"))
    if found is None:
        log.refuse("It has a subject", "no_identity", "There is no Subject.")
    return found


def _conditions(assertion: Element, expected: Expected, log: CheckLog) -> None:
    """Check the conditions, all of which have to hold (Core §2.5.1). MESSAGE lists the known ones."""
    conditions = assertion.find(tag("saml:Conditions"))
    if conditions is None:
        log.refuse("It has conditions", "bad_assertion", "There are no Conditions, so it would be for anybody.")
    before, after = time_of(conditions, "NotBefore", log), time_of(conditions, "NotOnOrAfter", log)
    check_times(before, after, expected, log, "It is valid now")

    # Every restriction must hold, by any of its audiences (§2.5.1.4).
    restrictions = [
        [uri(own_text(one)) for one in restriction.findall(tag("saml:Audience"))]
        for restriction in conditions.findall(tag("saml:AudienceRestriction"))
    ]
    log.require(
        bool(restrictions) and all(expected.entity_id in audiences for audiences in restrictions),
        "The audience is this service",
        "other_audience",
        Wording(
            "The audience is {audiences}, and we are {entity_id}.",
            audiences=_in_words(restrictions),
            entity_id=repr(expected.entity_id),
        ),
        passed=expected.entity_id,
    )


def _in_words(restrictions: list[list[str]]) -> str:
    """Name the audiences; several in one restriction are alternatives, and several restrictions hold together."""
    each = [" or ".join(map(repr, audiences)) or "nobody" for audiences in restrictions]
    return ", and ".join(each) or "not said"


def _statement(assertion: Element, expected: Expected, log: CheckLog) -> tuple[Element, datetime, datetime | None]:
    """Return how and when the user authenticated, and until when our session may last."""
    statement = assertion.find(tag("saml:AuthnStatement"))
    if statement is None:
        log.refuse("It says that they authenticated", "bad_assertion", "There is no AuthnStatement.")
    at = time_of(statement, "AuthnInstant", log) or expected.now
    check_times(at, None, expected, log, "They authenticated before now")
    not_after = time_of(statement, "SessionNotOnOrAfter", log)
    log.require(
        not_after is None or not_after > expected.now,
        "The provider's own session goes on",
        "bad_time",
        Wording("It ended at {not_after}.", not_after=not_after),
    )
    return statement, min(at, expected.now), not_after


def _methods(statement: Element, attributes: dict[str, list[str]]) -> tuple[str, ...]:
    return methods((), [_context(statement), *attributes.get(MICROSOFTS, [])])


def _context(statement: Element) -> str:
    return uri(text_at(statement, "saml:AuthnContext", "saml:AuthnContextClassRef"))


def attributes_of(assertion: Element) -> dict[str, list[str]]:
    """Return the attributes by name, and by friendly name where no other attribute has that name."""
    by_name: dict[str, dict[str, None]] = {}
    by_friendly_name: dict[str, dict[str, None]] = {}
    for attribute in assertion.iterfind(f"{tag('saml:AttributeStatement')}/{tag('saml:Attribute')}"):
        # A repeated value counts once.
        values = dict.fromkeys(own_text(value) for value in attribute.findall(tag("saml:AttributeValue")))
        by_name.setdefault(attribute.get("Name", ""), {}).update(values)
        if attribute.get("FriendlyName"):
            by_friendly_name.setdefault(attribute.get("FriendlyName"), {}).update(values)
    return {name: list(values) for name, values in {**by_friendly_name, **by_name}.items()}
