"""Check what a sign-in keeps on the disk: the file may be of another version, or have been edited by hand.

Imported whenever kubectl asks: what takes time to import is imported where it is needed.
"""

from __future__ import annotations

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from typing import Any

ENDPOINTS = ("issuer", "token_endpoint", "revocation_endpoint")
LATEST = 253402300799  # seconds since the epoch, the end of the year 9999, which is the last that can be written


def is_whole(state: dict[str, Any]) -> bool:
    """Return True if a sign-in has every field that a command reads, each of its type."""
    who = {"refresh_token": state.get("refresh_token"), "name": state.get("name")}
    if "application" in state:
        who = {"name": who["name"], **_fields(state["application"], ("client_id", "secret_file"))}
    texts = [*who.values(), state.get("ca_file")]
    clusters = state.get("clusters", [])
    is_typed = all(isinstance(text, str) for text in texts) and isinstance(clusters, list)
    return is_typed and _is_at(state) and _has_tokens(state)


def _is_at(state: dict[str, Any]) -> bool:
    """Return True if the server has an address, and its endpoints lie there."""
    server, endpoints = state.get("server"), _fields(state.get("endpoints"), ENDPOINTS).values()
    if not isinstance(server, str) or not server.startswith(("https://", "http://")):
        return False
    return all(isinstance(url, str) and url.startswith(f"{server}/") for url in endpoints)


def _fields(found: object, names: tuple[str, ...]) -> dict[str, object]:
    return {name: found.get(name) if isinstance(found, dict) else None for name in names}


def _has_tokens(state: dict[str, Any]) -> bool:
    tokens = state.get("tokens")
    return isinstance(tokens, dict) and all(_is_token(kept) for kept in tokens.values())


def _is_token(kept: object) -> bool:
    if not isinstance(kept, dict):
        return False
    texts = (kept.get("token"), kept.get("id", ""))
    times = (kept.get("good_until"), kept.get("replaced_at", 0))
    return all(isinstance(text, str) for text in texts) and all(
        isinstance(at, (int, float)) and 0 <= at <= LATEST for at in times
    )
