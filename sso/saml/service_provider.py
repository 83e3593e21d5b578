"""SAML 2.0 for the rest of `sso`: our types in, our types out (`sso.protocols.SAMLProtocol`)."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from saml2.config import SPConfig
from saml2.saml import NameID

from common.encryption import decrypt
from common.errors import Invalid
from sso.assertion import VerifiedAssertion
from sso.check_log import CheckLog, SignInRefused
from sso.messages import Incoming, Outgoing
from sso.models import IdentityProvider
from sso.models.keys import KeyState
from sso.saml import sandbox
from sso.saml.messages import authn_request, logout_request, logout_response, outgoing
from sso.saml.metadata import ProviderMetadata, write_metadata
from sso.saml.metadata import read_metadata as read_peer
from sso.saml.metadata import sp_config as sp_config
from sso.saml.values import BINDINGS, Expected, LogoutRequest


def read_metadata(text: str, *, url: str, entity_id: str = "") -> dict[str, Any]:
    return read_peer(text, entity_id=entity_id).as_json()


def our_metadata(provider: IdentityProvider, config: SPConfig) -> str:
    """Write our metadata for the provider: `config`, as made by `sp_config`, with our certificates."""
    keys = list(provider.keys.all())
    active = next(key.certificate for key in keys if key.state == KeyState.ACTIVE)
    return write_metadata(
        config, active=active, published=[key.certificate for key in keys if key.state != KeyState.RETIRING]
    )


def begin(
    provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
) -> tuple[Outgoing, dict[str, str]]:
    binding, destination = _place(ProviderMetadata.of(provider).sign_in)
    request = authn_request(provider, request_id=request_id, destination=destination, now=now, force=again)
    return outgoing(request, binding=binding, private_key=_signing_key(provider)), {}


def read(provider: IdentityProvider, field: str, *, log: CheckLog, now: datetime) -> VerifiedAssertion:
    """Return the assertion in a SAMLResponse form field, or raise SignInRefused."""
    result = _ask("response", log, field=field, expected=_expected(provider, now).as_json())
    return VerifiedAssertion.from_json(result)


def session_info(assertion: VerifiedAssertion) -> dict[str, Any]:
    """Describe a verified assertion as pysaml2's `AuthnResponse.session_info` does, for djangosaml2 and its users."""
    name = assertion.name_id
    qualifiers = {"name_qualifier": name.get("NameQualifier"), "sp_name_qualifier": name.get("SPNameQualifier")}
    return {
        "issuer": assertion.issuer,
        "name_id": NameID(text=assertion.subject, format=name.get("Format"), **qualifiers),
        "ava": {attribute: list(values) for attribute, values in assertion.attributes.items()},
        "session_index": assertion.session_index,
        "not_on_or_after": int(assertion.not_after.timestamp()) if assertion.not_after else 0,
        "came_from": assertion.request_id,
        "authn_info": [],
    }


def request_logout(
    provider: IdentityProvider, *, subject: str, name_id: dict[str, str], session_index: str, now: datetime
) -> Outgoing:
    """Build our LogoutRequest for a session that ended here."""
    binding, destination = _place(ProviderMetadata.of(provider).sign_out)
    request = logout_request(
        provider, destination=destination, now=now, subject=subject, name_id=name_id, session_index=session_index
    )
    return outgoing(request, binding=binding, private_key=_signing_key(provider))


def read_logout_request(
    provider: IdentityProvider, incoming: Incoming, *, log: CheckLog, now: datetime
) -> LogoutRequest:
    """Return the sessions that a LogoutRequest means, or raise SignInRefused."""
    expected = _expected(provider, now, recipient=provider.logout_uri)
    return LogoutRequest(**_ask("logout_request", log, incoming=asdict(incoming), expected=expected.as_json()))


def read_logout_response(provider: IdentityProvider, incoming: Incoming, *, log: CheckLog, now: datetime) -> None:
    """Verify the LogoutResponse to our request, or raise SignInRefused."""
    expected = _expected(provider, now, recipient=provider.logout_uri)
    _ask("logout_answer", log, incoming=asdict(incoming), expected=expected.as_json())


def answer_logout(
    provider: IdentityProvider, *, in_response_to: str, relay_state: str, now: datetime
) -> Outgoing | None:
    """Build our LogoutResponse; None if the metadata has no address for it."""
    peer = ProviderMetadata.of(provider)
    if not peer.sign_out:
        return None
    binding, destination = _place({**peer.sign_out, **peer.answers_at})
    response = logout_response(provider, destination=destination, now=now, in_response_to=in_response_to)
    return outgoing(response, binding=binding, private_key=_signing_key(provider), relay_state=relay_state)


def read_attributes(assertion: str) -> dict[str, list[str]]:
    """Return the attributes of a pasted assertion, or of one in a response, without any check; or raise Invalid."""
    try:
        read = sandbox.ask("attributes", text=assertion)
    except sandbox.TooCostly as error:
        raise Invalid("bad_message", str(error)) from None
    if "problem" in read:
        raise Invalid("bad_message", read["problem"])
    found: dict[str, list[str]] = read["attributes"]
    return found


def _ask(task: str, log: CheckLog, **values: Any) -> Any:
    """Return the result and add its checks to the log; or raise SignInRefused."""
    try:
        answer = sandbox.ask(task, **values)
    except sandbox.TooCostly as error:
        log.refuse("It can be read at a reasonable cost", "too_costly", str(error))
    log.add(CheckLog.from_json(answer["trial"]))
    if answer["refused"]:
        raise SignInRefused(answer["refused"])
    return answer["result"]


def _place(places: dict[str, str]) -> tuple[str, str]:
    """Return the preferred binding and its address."""
    for binding in BINDINGS:
        if binding in places:
            return binding, places[binding]
    raise Invalid("bad_metadata", "The provider's metadata names no place for this.")


def _expected(provider: IdentityProvider, now: datetime, *, recipient: str = "") -> Expected:
    peer = ProviderMetadata.of(provider)
    return Expected(
        issuer=peer.entity_id,
        certificates=peer.certificates,
        entity_id=provider.entity_id,
        recipient=recipient or provider.redirect_uri,
        private_keys=_decrypting_keys(provider),
        unsolicited=provider.allow_idp_initiated,
        now=now,
    )


def _signing_key(provider: IdentityProvider) -> bytes:
    """Return the key in PKCS#8 DER."""
    return decrypt(bytes(provider.keys.get(state=KeyState.ACTIVE).private_key_encrypted))


def _decrypting_keys(provider: IdentityProvider) -> Sequence[bytes]:
    return [decrypt(bytes(key.private_key_encrypted)) for key in provider.keys.all()]
