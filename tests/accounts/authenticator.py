"""An authenticator in software: what a browser sends after it asked one, and what a liar would."""

import json
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    count: int = 0
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: token_bytes(32))

    def create(self, options: str, *, flags: int = PRESENT | VERIFIED, **instead: Any) -> str:
        """RegistrationResponseJSON for these options."""
        public = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]  # of fido2
        credential = AttestedCredentialData.create(Aaguid.NONE, self.id, public)
        data = self._data(options, flags | ATTESTED, credential, **instead)
        made = AttestationObject.create("none", data, {})
        client = client_data("webauthn.create", options, **instead)
        return self._answer({"attestationObject": websafe_encode(bytes(made))}, client)

    def get(
        self, options: str, user_handle: bytes, *, flags: int = PRESENT | VERIFIED, key: Any = None, **instead: Any
    ) -> str:
        """AuthenticationResponseJSON for these options."""
        data, client = self._data(options, flags, None, **instead), client_data("webauthn.get", options, **instead)
        signature = (key or self.key).sign(bytes(data) + sha256(client).digest(), ec.ECDSA(SHA256()))
        shown = {"authenticatorData": bytes(data), "signature": signature, "userHandle": user_handle}
        return self._answer({name: websafe_encode(value) for name, value in shown.items()}, client)

    def _data(self, options: str, flags: int, credential: Any, **instead: Any) -> AuthenticatorData:
        rp_id = str(instead.get("rp_id") or urlsplit(settings.PUBLIC_URL).hostname)
        hashed = sha256(rp_id.encode()).digest()
        made: AuthenticatorData = AuthenticatorData.create(
            hashed, AuthenticatorData.FLAG(flags), self.count, credential or b""
        )
        return made

    def _answer(self, response: dict[str, str], client: bytes) -> str:
        id_ = websafe_encode(self.id)
        told = {"clientDataJSON": websafe_encode(client), **response}
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": told})


def client_data(kind: str, options: str, **instead: Any) -> bytes:
    told = {
        "type": instead.get("type", kind),
        "challenge": instead.get("challenge") or json.loads(options)["challenge"],
        "origin": instead.get("origin") or settings.PUBLIC_URL,
    }
    return json.dumps(told).encode()
