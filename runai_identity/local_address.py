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
    if is_every_address(bind) and "PUBLIC_URL" not in os.environ:
        raise ImproperlyConfigured(
            f"BIND={bind} listens on every address. Say which one people use: PUBLIC_URL=http://HOST:{port}"
        )
    return bind, int(port)


def is_every_address(bind: str) -> bool:
    """Read the address as the system does, which takes 0 for 0.0.0.0 too."""
    try:
        found = socket.getaddrinfo(bind, None)[0][4][0] if bind else ""
        return ipaddress.ip_address(found).is_unspecified
    except (OSError, ValueError):
        raise ImproperlyConfigured(f"BIND takes an address of this machine, not {bind[:100]!r}.") from None
