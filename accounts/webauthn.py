"""WebAuthn (passkeys) by python-fido2, which this file alone talks to, and loads when a passkey is first asked for.

https://www.w3.org/TR/webauthn-3/, §7.1 for what a registration has to be, §7.2 for an assertion.
"""

import ipaddress
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from django.conf import settings

from common.errors import MALFORMED, Invalid

if TYPE_CHECKING:
    from fido2.server import Fido2Server
    from fido2.webauthn import AttestedCredentialData, PublicKeyCredentialDescriptor

LONGEST_CREDENTIAL = 4096  # bytes, of which an id has 1023 at most
_UNREADABLE = (*MALFORMED, UnsupportedAlgorithm, AssertionError)


class NewPasskey(NamedTuple):
    """The result of a registration: the credential with its public key, and how often it has signed."""

    credential_id: str
    credential: bytes
    sign_count: int


class Shown(NamedTuple):
    """An assertion before its signature is checked: by which credential, and of which user."""

    credential_id: str
    user_handle: bytes
    sign_count: int


def usable() -> bool:
    """Return True if browsers offer passkeys to our address: by https or on localhost, and by a name."""
    address = urlsplit(settings.PUBLIC_URL)
    try:
        ipaddress.ip_address(address.hostname or "")
    except ValueError:
        return address.scheme == "https" or address.hostname == "localhost"
    return False


def creation_options(
    challenge: bytes, *, organisation: str, user_id: bytes, name: str, display_name: str, has: Sequence[str]
) -> str:
    """Return PublicKeyCredentialCreationOptions as JSON; credentials that the user `has` are not made again.

    `organisation` is the name under which the browser and the authenticator list the passkey.
    """
    options, _ = _server(organisation).register_begin(
        {"id": user_id, "name": name, "displayName": display_name},  # type: ignore[arg-type]  # read by from_dict
        _descriptors(has),
        resident_key_requirement=_word("ResidentKeyRequirement", "preferred"),
        user_verification=_word("UserVerificationRequirement", "preferred"),
        challenge=challenge,
    )
    return json.dumps(dict(options)["publicKey"], default=dict)


def request_options(challenge: bytes, *, verified: bool, has: Sequence[str] | None = None) -> str:
    """Return PublicKeyCredentialRequestOptions as JSON; without `has` the browser offers what it has for us.

    `verified`: the authenticator has to verify its user, by a PIN or a finger.
    """
    requirement = _word("UserVerificationRequirement", "required" if verified else "preferred")
    options, _ = _server().authenticate_begin(
        _descriptors(has) if has is not None else None, user_verification=requirement, challenge=challenge
    )
    return json.dumps(dict(options)["publicKey"], default=dict)


def read_registration(answer: str, challenge: bytes) -> NewPasskey:
    """Return the new passkey of RegistrationResponseJSON, which has to be of this challenge, our origin and RP id."""
    from fido2.utils import websafe_encode

    try:
        made = _server().register_complete(_state(challenge, "preferred"), _parsed(answer))
        credential = made.credential_data
        if credential is None or len(credential) > LONGEST_CREDENTIAL:
            raise ValueError("There is no credential, or a long one.")
    except _UNREADABLE:
        raise _refused() from None
    return NewPasskey(websafe_encode(credential.credential_id), bytes(credential), made.counter)


def read_assertion(answer: str) -> Shown:
    """Return what AuthenticationResponseJSON claims; nothing of it is proved before `verify_assertion`."""
    from fido2.utils import websafe_encode
    from fido2.webauthn import AuthenticationResponse

    try:
        shown = AuthenticationResponse.from_dict(_parsed(answer))
        handle = shown.response.user_handle or b""
        return Shown(websafe_encode(shown.raw_id), handle, shown.response.authenticator_data.counter)
    except _UNREADABLE:
        raise _refused() from None


def verify_assertion(answer: str, challenge: bytes, *, credential: bytes, verified: bool) -> None:
    """Invalid unless it is signed by this credential, for this challenge, our origin and RP id."""
    from fido2.webauthn import AttestedCredentialData

    try:
        known = AttestedCredentialData(credential)
        state = _state(challenge, "required" if verified else "preferred")
        _server().authenticate_complete(state, [known], _parsed(answer))
    except _UNREADABLE:
        raise _refused() from None


@lru_cache(maxsize=8)
def _server_of(public_url: str, name: str) -> "Fido2Server":
    from fido2.server import Fido2Server
    from fido2.webauthn import PublicKeyCredentialRpEntity

    rp = PublicKeyCredentialRpEntity(id=urlsplit(public_url).hostname, name=name)
    return Fido2Server(rp, verify_origin=lambda origin: origin == public_url)


def _server(name: str = "") -> "Fido2Server":
    return _server_of(settings.PUBLIC_URL, name)


def _word(enum: str, value: str) -> Any:
    from fido2 import webauthn

    return getattr(webauthn, enum)(value)


def _state(challenge: bytes, verification: str) -> dict[str, Any]:
    from fido2.utils import websafe_encode

    return {
        "challenge": websafe_encode(challenge),
        "user_verification": _word("UserVerificationRequirement", verification),
    }


def _descriptors(ids: Sequence[str]) -> "list[AttestedCredentialData | PublicKeyCredentialDescriptor]":
    from fido2.utils import websafe_decode
    from fido2.webauthn import PublicKeyCredentialDescriptor, PublicKeyCredentialType

    key = PublicKeyCredentialType.PUBLIC_KEY
    return [PublicKeyCredentialDescriptor(type=key, id=websafe_decode(one)) for one in ids]


def _parsed(answer: str) -> dict[str, Any]:
    parsed = json.loads(answer)
    if not isinstance(parsed, dict):
        raise ValueError("It is no object.")
    return parsed


def _refused() -> Invalid:
    return Invalid("bad_passkey", "The passkey was not taken. Try again, or use another second factor.")
