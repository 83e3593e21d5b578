"""The proxy that the environment names for a server. Its address may hold a password, so no message shows the whole."""

from __future__ import annotations

import urllib.request
from urllib.parse import urlsplit

from runai_identity_cli.address import is_host
from runai_identity_cli.failures import Failure

SCHEMES = ("http", "https")


def handler_for(server: str) -> tuple[urllib.request.ProxyHandler, str]:
    """Return what leads to the server, and `host:port` of the proxy on the way, "" for none.

    A token goes in clear to loopback alone, and there by no proxy. Failure if the address is none of a proxy.
    """
    parts = urlsplit(server)
    address = urllib.request.getproxies().get("https", "")
    if parts.scheme == "http" or not address or urllib.request.proxy_bypass(parts.netloc):
        return urllib.request.ProxyHandler({}), ""
    user, host = _read(address)
    return urllib.request.ProxyHandler({"https": f"http://{user}{host}"}), host


def _read(address: str) -> tuple[str, str]:
    """Return `user:password@`, or "" where there is none, and `host:port`."""
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _none() from None
    has_more = parts.path not in ("", "/") or parts.query or parts.fragment
    if parts.scheme not in SCHEMES or not is_host(host) or has_more:
        raise _none()
    user, at, _ = parts.netloc.rpartition("@")
    return f"{user}{at}", f"[{host}]:{port or 80}" if ":" in host else f"{host}:{port or 80}"


def _none() -> Failure:
    return Failure(
        "HTTPS_PROXY does not name a proxy that can be used. It reads like http://proxy.example.com:3128; in a user's"
        " name or password, each of / ? # @ and % is written as %2F, %3F, %23, %40 and %25."
    )
