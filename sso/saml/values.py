"""Values that travel between the server and the reader's process."""

import struct
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

# The length in bytes that precedes each JSON object on the channel.
LENGTH = struct.Struct("!I")
# Bindings §3.4 and §3.5. The redirect comes first: it needs no page of ours in between.
REDIRECT, POST = (f"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-{name}" for name in ("Redirect", "POST"))
BINDINGS = (REDIRECT, POST)
SKEW = timedelta(seconds=60)
# The longest accepted age of a message, whatever it says itself.
FRESH_FOR = timedelta(hours=1)


@dataclass(frozen=True)
class Expected:
    """The values that a message must match: the provider's entity ID and certificates (PEM), our names and keys (DER).

    `unsolicited` is True if the provider may begin sign-ins itself.
    """

    issuer: str
    certificates: Sequence[str]
    entity_id: str
    recipient: str
    private_keys: Sequence[bytes]
    unsolicited: bool
    now: datetime

    def as_json(self) -> dict[str, Any]:
        keys = [b64encode(key).decode() for key in self.private_keys]
        return {**asdict(self), "private_keys": keys, "now": self.now.isoformat()}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Expected":
        keys = [b64decode(key) for key in fields["private_keys"]]
        return cls(**{**fields, "private_keys": keys, "now": datetime.fromisoformat(fields["now"])})


@dataclass(frozen=True)
class LogoutRequest:
    """The sessions that a LogoutRequest means: all of the subject's, or those with these indexes.

    `name_id` has the subject's format and qualifiers. Until `usable_until` (ISO 8601) the request could be replayed.
    Until `ends_until`, an assertion that was issued no later than the request could still arrive.
    """

    request_id: str
    issuer: str
    subject: str
    name_id: dict[str, str]
    session_indexes: tuple[str, ...]
    usable_until: str
    ends_until: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
