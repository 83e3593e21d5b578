"""Which server: https, or this very machine."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from runai_identity_cli.failures import Usage

HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
# No backslash, blank or other character that a browser reads in another way than urlsplit; no fragment.
PLAIN = re.compile(r"https?://[A-Za-z0-9._~:/?\[\]!$&'()*+,;=%-]{1,2000}")


def origin_of(server: str) -> str:
    """`https://host[:port]` of what somebody typed; Usage when it can't be trusted with a token."""
    try:
        parts = urlsplit(server.strip().rstrip("/"))
        port = parts.port
    except ValueError:
        raise Usage(f"{server} is no address. It reads like https://identity.example.com.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname or _has_more(parts):
        raise Usage(f"{_shown(parts)} is no address of a server. It reads like https://identity.example.com.")
    if parts.path:
        raise Usage(f"Name the server without a path: {parts.scheme}://{parts.netloc}")
    if not is_host(parts.hostname):
        raise Usage(f"{parts.hostname} is no host name. One with other letters is written as xn--….")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise Usage(f"{server} is not https, and tokens don't travel in clear. Use https://{parts.netloc}.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    standard = port is None or port == {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" if standard else f"{parts.scheme}://{host}:{port}"


def is_within(url: object, origin: str, *, query: bool = False) -> bool:
    """Return True if an address that the server named lies at the server, and is a plain one."""
    if not isinstance(url, str) or PLAIN.fullmatch(url) is None:
        return False
    try:
        parts = urlsplit(url)
        return (query or "?" not in url) and origin_of(f"{parts.scheme}://{parts.netloc}") == origin
    except (ValueError, Usage):
        return False


def is_host(name: str) -> bool:
    """Return True for a DNS name or an IP address as a URL has it, without its brackets."""
    if ":" not in name:
        return HOST.fullmatch(name) is not None
    try:
        return ip_address(name).version == 6 and "%" not in name
    except ValueError:
        return False


def _has_more(parts: SplitResult) -> bool:
    return parts.username is not None or bool(parts.query or parts.fragment)


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
