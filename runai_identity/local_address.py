"""The address of `make run`: where it listens, and by which address people come."""

import errno
import ipaddress
import os
import socket
import sys

from django.core.exceptions import ImproperlyConfigured

from runai_identity import env


def in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def public_url(default: str) -> str:
    return env.origin("PUBLIC_URL") if "PUBLIC_URL" in os.environ else default


def refuse_a_taken_port(bind: str, port: int) -> None:
    try:
        socket.create_server((bind, port), family=socket.AF_INET6 if ":" in bind else socket.AF_INET).close()
    except OSError as error:
        advice = "Choose another port: PORT=8001 make run"
        if error.errno == errno.EADDRNOTAVAIL:
            advice = "BIND takes an address that this machine has."
        sys.exit(f"Can't listen on {in_url(bind)}:{port} ({os.strerror(error.errno or 0)}). {advice}")


def address_from_environment() -> tuple[str, int]:
    bind, port = os.environ.get("BIND", "127.0.0.1"), os.environ.get("PORT", "8000")
    if not env.NUMBER.fullmatch(port) or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"PORT takes a number from 1 to 65535, not {port[:100]!r}.")
    try:
        is_every = _resolved(bind).is_unspecified
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"BIND takes an address of this machine, not {bind[:100]!r}.") from None
    if is_every and "PUBLIC_URL" not in os.environ:
        raise ImproperlyConfigured(
            f"BIND={bind} listens on every address. Say which one people use: PUBLIC_URL=http://HOST:{port}"
        )
    return bind, int(port)


def is_every_address(written: str) -> bool:
    """Return True for an address that stands for all of a machine's; nobody is asked what a name stands for."""
    try:
        return _resolved(written, socket.AI_NUMERICHOST).is_unspecified
    except (OSError, ValueError):
        return False


def _resolved(address: str, flags: int = 0) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read it as the system does, which takes 0 for 0.0.0.0 too."""
    return ipaddress.ip_address(socket.getaddrinfo(address, None, flags=flags)[0][4][0] if address else "")
