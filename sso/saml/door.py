"""SAML 2.0 as the rest of `sso` asks for it: values of ours in, values of ours out."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from saml2.config import SPConfig
from saml2.saml import NameID

from common.encryption import decrypt
from common.errors import Invalid
from sso.messages import Incoming, Outgoing
from sso.models import IdentityProvider
from sso.models.keys import State
from sso.said import Said
from sso.saml import sandbox
from sso.saml.messages import authn_request, logout_request, logout_response, outgoing
from sso.saml.metadata import Peer, write_metadata
from sso.saml.metadata import read_metadata as read_peer
from sso.saml.metadata import service_provider as service_provider
from sso.saml.values import BINDINGS, Expected, LogoutAsked
from sso.trial import Refused, Trial


def read_metadata(text: str, *, url: str, entity_id: str = "") -> dict[str, Any]:
    return read_peer(text, entity_id=entity_id).as_json()


def our_metadata(provider: IdentityProvider, config: SPConfig) -> str:
    """Write our metadata for the provider: `config`, as of `service_provider`, with our certificates."""
    keys = list(provider.keys.all())
    active = next(key.certificate for key in keys if key.state == State.ACTIVE)
    return write_metadata(
        config, active=active, published=[key.certificate for key in keys if key.state != State.RETIRING]
    )


def begin(
    provider: IdentityProvider, *, request_id: str, again: bool, now: datetime
) -> tuple[Outgoing, dict[str, str]]:
    binding, destination = _place(Peer.of(provider).sign_in)
    request = authn_request(provider, request_id=request_id, destination=destination, now=now, force=again)
    return outgoing(request, binding=binding, private_key=_signing_key(provider)), {}


def read(provider: IdentityProvider, field: str, *, trial: Trial, now: datetime) -> Said:
    """What a SAMLResponse form field says of somebody, or Refused."""
    result = _ask("response", trial, field=field, expected=_expected(provider, now).as_json())
    return Said.from_json(result)


def session_info(said: Said) -> dict[str, Any]:
    """Describe a verified assertion as pysaml2's `AuthnResponse.session_info` does, for djangosaml2 and its users."""
    name = said.name_id
    qualifiers = {"name_qualifier": name.get("NameQualifier"), "sp_name_qualifier": name.get("SPNameQualifier")}
    return {
        "issuer": said.issuer,
        "name_id": NameID(text=said.subject, format=name.get("Format"), **qualifiers),
        "ava": {attribute: list(values) for attribute, values in said.attributes.items()},
        "session_index": said.session_index,
        "not_on_or_after": int(said.not_after.timestamp()) if said.not_after else 0,
        "came_from": said.request_id,
        "authn_info": [],
    }


def sign_out(
    provider: IdentityProvider, *, subject: str, name_id: dict[str, str], session_index: str, now: datetime
) -> Outgoing:
    """Our LogoutRequest for a session that ended here."""
    binding, destination = _place(Peer.of(provider).sign_out)
    request = logout_request(
        provider, destination=destination, now=now, subject=subject, name_id=name_id, session_index=session_index
    )
    return outgoing(request, binding=binding, private_key=_signing_key(provider))


def asked_to_sign_out(provider: IdentityProvider, incoming: Incoming, *, trial: Trial, now: datetime) -> LogoutAsked:
    """Whose sessions a LogoutRequest means, or Refused."""
    expected = _expected(provider, now, recipient=provider.logout_uri)
    return LogoutAsked(**_ask("logout_request", trial, incoming=asdict(incoming), expected=expected.as_json()))


def told_of_sign_out(provider: IdentityProvider, incoming: Incoming, *, trial: Trial, now: datetime) -> None:
    """The LogoutResponse to a request of ours, or Refused."""
    expected = _expected(provider, now, recipient=provider.logout_uri)
    _ask("logout_answer", trial, incoming=asdict(incoming), expected=expected.as_json())


def answer_sign_out(
    provider: IdentityProvider, *, in_response_to: str, relay_state: str, now: datetime
) -> Outgoing | None:
    """Our LogoutResponse; None when the metadata says nowhere to send it."""
    peer = Peer.of(provider)
    if not peer.sign_out:
        return None
    binding, destination = _place({**peer.sign_out, **peer.answers_at})
    response = logout_response(provider, destination=destination, now=now, in_response_to=in_response_to)
    return outgoing(response, binding=binding, private_key=_signing_key(provider), relay_state=relay_state)


def read_attributes(assertion: str) -> dict[str, list[str]]:
    """Of an assertion that an administrator pasted, or of a response with one: without any check. Or Invalid."""
    try:
        read = sandbox.ask("attributes", text=assertion)
    except sandbox.TooCostly as error:
        raise Invalid("bad_message", str(error)) from None
    if "problem" in read:
        raise Invalid("bad_message", read["problem"])
    found: dict[str, list[str]] = read["attributes"]
    return found


def _ask(task: str, trial: Trial, **values: Any) -> Any:
    """The result, with its checks added to the trial; or Refused."""
    try:
        answer = sandbox.ask(task, **values)
    except sandbox.TooCostly as error:
        trial.refuse("It can be read at a reasonable cost", "too_costly", str(error))
    trial.add(Trial.from_json(answer["trial"]))
    if answer["refused"]:
        raise Refused(answer["refused"])
    return answer["result"]


def _place(places: dict[str, str]) -> tuple[str, str]:
    """The binding and address to use, by our preference."""
    for binding in BINDINGS:
        if binding in places:
            return binding, places[binding]
    raise Invalid("bad_metadata", "The provider's metadata names no place for this.")


def _expected(provider: IdentityProvider, now: datetime, *, recipient: str = "") -> Expected:
    peer = Peer.of(provider)
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
    """PKCS#8 DER."""
    return decrypt(bytes(provider.keys.get(state=State.ACTIVE).private_key_encrypted))


def _decrypting_keys(provider: IdentityProvider) -> Sequence[bytes]:
    return [decrypt(bytes(key.private_key_encrypted)) for key in provider.keys.all()]
