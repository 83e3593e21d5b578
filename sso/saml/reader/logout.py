"""Logout messages from a provider (SAML Core §3.7, Profiles §4.4)."""

from urllib.parse import unquote_plus

from common.wording import Wording
from sso.check_log import CheckLog, CheckSource
from sso.messages import Incoming
from sso.saml.reader.parts import check_issued, check_times, own_text, time_of, uri, uri_at
from sso.saml.reader.profile import MESSAGE, check
from sso.saml.reader.responses import SUCCESS
from sso.saml.reader.signatures import Untrusted, verify_bytes
from sso.saml.reader.subjects import named
from sso.saml.reader.verification import verified_by
from sso.saml.reader.xml import Element, UnreadableMessage, base64_of, deflated, name_of, parse, posted, tag
from sso.saml.values import FRESH_FOR, SKEW, Expected, LogoutRequest


def read_logout_request(incoming: Incoming, expected: Expected, log: CheckLog) -> LogoutRequest:
    message = _read(incoming, expected, log, "samlp:LogoutRequest")
    issued = check_issued(message, expected, log, "It was issued just now")
    until = time_of(message, "NotOnOrAfter", log)
    check_times(None, until, expected, log, "It is meant for now")
    subject, name_id = named(message, expected, log)
    indexes = tuple(own_text(index) for index in message.findall(tag("samlp:SessionIndex")))
    return LogoutRequest(
        request_id=message.get("ID", ""),
        issuer=expected.issuer,
        subject=subject,
        name_id=name_id,
        session_indexes=indexes,
        usable_until=(expected.now + FRESH_FOR + 2 * SKEW).isoformat(),
        ends_until=(issued + FRESH_FOR + SKEW).isoformat(),
    )


def read_logout_answer(incoming: Incoming, expected: Expected, log: CheckLog) -> None:
    message = _read(incoming, expected, log, "samlp:LogoutResponse")
    check_issued(message, expected, log, "It was issued just now")
    code = message.find(f"{tag('samlp:Status')}/{tag('samlp:StatusCode')}")
    value = "" if code is None else code.get("Value", "")
    log.require(
        value == SUCCESS,
        "The provider's status",
        "provider_failed",
        Wording("It says {status}.", status=value.rpartition(":")[2]),
    )


def _read(incoming: Incoming, expected: Expected, log: CheckLog, name: str) -> Element:
    """Return the message if the provider signed it for us; raise SignInRefused otherwise."""
    try:
        message = _unpacked(incoming, expected)
        check(message, MESSAGE)
    except UnreadableMessage as error:
        log.refuse("The message can be read", "bad_message", str(error))
    except Untrusted as error:
        log.refuse("The message's signature", "bad_signature", str(error))
    log.require(
        message.tag == tag(name),
        "It is what it says",
        "bad_message",
        Wording("It is {found}.", found=name_of(message.tag)),
    )
    log.require(bool(message.get("ID")), "It can be told from others", "bad_message", "It has no ID.")
    if incoming.field:
        message = verified_by(expected, message, log, "The message's signature")
    else:
        log.source, log.message = CheckSource.PROVIDER, message.get("ID")
        log.passed("The message's signature")
    issuer = uri_at(message, "saml:Issuer")
    log.require(
        issuer == expected.issuer,
        "The message's issuer",
        "other_issuer",
        Wording("It is {issuer}.", issuer=repr(issuer)),
    )
    destination = uri(message.get("Destination", ""))
    log.require(
        destination in ("", expected.recipient),
        "The message's destination",
        "other_recipient",
        Wording("It is {destination}.", destination=repr(destination)),
    )
    return message


def _unpacked(incoming: Incoming, expected: Expected) -> Element:
    if incoming.field:
        return parse(posted(incoming.field))
    raw = _parameters(incoming.query)
    if not {incoming.name, "SigAlg", "Signature"} <= raw.keys():
        raise Untrusted("It is not signed.")
    # The signature covers these parameters in this order, encoded as they were sent (Bindings §3.4.4.1).
    signed = "&".join(f"{name}={raw[name]}" for name in (incoming.name, "RelayState", "SigAlg") if name in raw)
    signature = base64_of(unquote_plus(raw["Signature"]), Wording("The signature"))
    verify_bytes(signed.encode(), signature, unquote_plus(raw["SigAlg"]), expected.certificates)
    return parse(deflated(unquote_plus(raw[incoming.name])))


def _parameters(query: str) -> dict[str, str]:
    """Return the parameters by name, still encoded; raise UnreadableMessage for a repeated one, however it is encoded.

    Other readers of the query decode names, so no second parameter of a name may stand beside the signed one.
    """
    found: dict[str, str] = {}
    for part in query.split("&"):
        encoded, _, value = part.partition("=")
        name = unquote_plus(encoded)
        if name in found:
            raise UnreadableMessage(Wording("{name} stands there twice.", name=name[:30]))
        found[name] = value
    return found
