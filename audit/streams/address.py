"""The address of a syslog server. Pure: settings read it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

PORTS = {"udp": 514, "tcp": 601, "tls": 6514}


@dataclass(frozen=True)
class SyslogAddress:
    """`transport` is udp, tcp or tls; `ca` has PEM certificates in place of the system's; `sender` is our host name."""

    transport: str
    host: str
    port: int
    sender: str
    ca: str = ""


def parse_address(text: str, *, sender: str, ca: str = "") -> SyslogAddress:
    """Read `tls://logs.example.com:6514`; ValueError if it is something else."""
    parts = urlsplit(text)
    port = parts.port
    rest = (parts.username, parts.password, parts.path.strip("/"), parts.query, parts.fragment)
    if parts.scheme not in PORTS or not parts.hostname or any(rest) or port == 0:
        raise ValueError
    return SyslogAddress(parts.scheme, parts.hostname, port or PORTS[parts.scheme], sender, ca)
