"""Which server: https, or this very machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from runai_identity_cli.failures import Usage


def origin_of(server: str) -> str:
    """`https://host[:port]` of what somebody typed; Usage when it can't be trusted with a token."""
    try:
        parts = urlsplit(server.strip().rstrip("/"))
        port = parts.port
    except ValueError:
        raise Usage(f"{server} is no address. It reads like https://identity.example.com.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise Usage(f"{_shown(parts)} is no address of a server. It reads like https://identity.example.com.")
    if parts.path:
        raise Usage(f"Name the server without a path: {parts.scheme}://{parts.netloc}")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise Usage(f"{server} is not https, and tokens don't travel in clear. Use https://{parts.netloc}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = port is None or port == {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" if standard else f"{parts.scheme}://{host}:{port}"


def is_within(url: object, origin: str) -> bool:
    """Whether an address that the server named lies at the server."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        return not parts.username and origin_of(f"{parts.scheme}://{parts.netloc}") == origin
    except (ValueError, Usage):
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(parts: SplitResult) -> str:
    """Without a password that stands in it."""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
