"""The bytes of a seal: digests of the entries it covers, its hash over these and over the seal before it, and its MAC.

The hashes need no key, so that the last one, once it was noted elsewhere, stands for the whole log. The MAC needs
IDENTITY_ENCRYPTION_KEYS: who may write to the database alone can compute hashes again, and no MAC.
"""

import hmac
import json
import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from ipaddress import ip_address
from typing import Any

from audit.models import Seal, SealKind
from common.encryption import derived_keys

# The fields that a digest covers. A field that is added to entries begins a new format; old seals keep theirs.
FORMATS: dict[int, tuple[str, ...]] = {
    1: (
        "id",
        "at",
        "action",
        "result",
        "reason",
        "subject_type",
        "subject_id",
        "subject",
        "entity_type",
        "entity_id",
        "entity_name",
        "cluster_id",
        "client_id",
        "session_id",
        "token_id",
        "grant_id",
        "source_ip",
        "user_agent",
        "http_method",
        "url",
        "request_id",
        "caller_request_id",
        "metadata",
    ),
}
FORMAT = max(FORMATS)
# These change while refusals are counted on an entry, and are sealed when no more can be.
COUNTERS = ("id", "repeated", "repeated_until")

LOWEST = -(2**63)
NONE_BEFORE = "0" * 64
_ID = struct.Struct(">q")
_DIGEST = 32
# In place of the digest of an entry that the service can't have written, so that it holds up no other.
UNREADABLE = sha256(b"unreadable").digest()


def digest(fields: Sequence[str], values: Sequence[Any]) -> bytes:
    """Return the SHA-256 of the values as a JSON array, which is the same whichever database they were read from."""
    plain = [_plain(name, value) for name, value in zip(fields, values, strict=True)]
    return sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).digest()


def pack(entries: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(_ID.pack(id_) + digest_ for id_, digest_ in entries)


def unpack(seal: Seal) -> list[tuple[int, bytes]]:
    """Return the ids of a seal with their digests; those of deleted entries have none."""
    content, width = bytes(seal.content), _width(seal)
    pieces = (content[at : at + width] for at in range(0, len(content), width))
    return [(_ID.unpack_from(piece)[0], piece[_ID.size :]) for piece in pieces]


def is_intact(seal: Seal) -> bool:
    """Return True if the seal has its hash, and names entries in a way that the service does."""
    return seal.format in FORMATS and len(seal.content) == seal.count * _width(seal) and hash_of(seal) == seal.hash


def hash_of(seal: Seal) -> str:
    said = [
        seal.format,
        seal.number,
        str(seal.kind),
        _plain("sealed_at", seal.sealed_at),
        seal.first_id,
        seal.last_id,
        seal.count,
        seal.previous,
        sha256(bytes(seal.content)).hexdigest(),
    ]
    return sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def mac_keys() -> list[bytes]:
    """Newest first; the first one makes MACs, and all check them."""
    return derived_keys("runai-identity: seals of the audit log")


def mac_of(hash_: str, key: bytes) -> str:
    return hmac.new(key, hash_.encode(), sha256).hexdigest()


def is_ours(seal: Seal, keys: Sequence[bytes]) -> bool:
    """Return True if who made this seal had one of the keys."""
    return any(hmac.compare_digest(mac_of(seal.hash, key).encode(), seal.mac.encode()) for key in keys)


def _width(seal: Seal) -> int:
    return _ID.size + (0 if seal.kind == SealKind.PRUNED else _DIGEST)


def _plain(name: str, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if name == "source_ip" and value:
        return str(ip_address(value))  # PostgreSQL writes some addresses in another way
    return _same_numbers(value) if name == "metadata" else value


def _same_numbers(value: Any) -> Any:
    """Return the JSON value with 1e23 as the whole number 10 to the 23rd, which PostgreSQL makes of it."""
    if isinstance(value, dict):
        return {name: _same_numbers(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_same_numbers(one) for one in value]
    return int(Decimal(repr(value))) if isinstance(value, float) and value.is_integer() else value
