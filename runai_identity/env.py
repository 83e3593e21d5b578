"""Reading the environment: every setting has one name, every secret may also come from a file (`NAME_FILE`)."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from audit.streams.address import SyslogAddress, parse_address
from common.certificates import UnreadableCertificate, read_all

env = environ.Env()

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def secret(name: str) -> str:
    """Return the value of NAME, or the content of the file that NAME_FILE names; exactly one of the two."""
    value: str = env.str(name, default="")
    file = env.str(f"{name}_FILE", default="")
    if bool(value) == bool(file):
        raise ImproperlyConfigured(f"Set either {name} or {name}_FILE.")
    if file:
        try:
            value = Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE can't be read: {error}.") from None
    if not value:
        raise ImproperlyConfigured(f"{name} is empty.")
    return value


def optional_secret(name: str, default: str = "") -> str:
    """Return the same, of what may be missing."""
    is_set = env.str(name, default="") or env.str(f"{name}_FILE", default="")
    return secret(name) if is_set else default


def fernet_keys(name: str) -> list[str]:
    """Return the secret NAME as a list of Fernet keys, newest first."""
    keys = secret(name).split(",")
    for number, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError:
            sentence = "is no Fernet key: 32 bytes in URL-safe base64. Give the key that this database was begun with."
            raise ImproperlyConfigured(f"{name}: number {number} {sentence}") from None
    return keys


def required(name: str) -> str:
    value: str = env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"Set {name}.")
    return value


def positive(name: str, default: int) -> int:
    try:
        value: int = env.int(name, default=default)
    except ValueError:
        value = 0
    if value < 1:
        raise ImproperlyConfigured(f"{name} takes a whole number of at least 1.")
    return value


def flag(name: str, *, default: bool) -> bool:
    raw = env.str(name, default=str(default)).lower()
    if raw not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
        raise ImproperlyConfigured(f"{name} takes true or false.")
    return raw in ("true", "1", "yes", "on")


def origin(name: str) -> str:
    """Return an http(s) origin without path, query or trailing slash: `https://identity.example.com[:port]`."""
    value = required(name)
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or value != f"{parts.scheme}://{parts.netloc}":
        raise ImproperlyConfigured(f"{name} takes an origin such as https://identity.example.com, without a path.")
    if parts.username is not None:
        raise ImproperlyConfigured(f"{name} must not contain a user name or password.")
    return value


def address(name: str) -> str:
    """Return an http(s) address, which may have a path; empty when it is not set."""
    value: str = env.str(name, default="")
    if value and not _is_address(value):
        raise ImproperlyConfigured(f"{name} takes an address such as https://logs.example.com/audit.")
    return value


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:  # a port that is none, a bracket that is not closed
        return False


def syslog(name: str, *, sender: str, ca: str) -> SyslogAddress | None:
    """Return the server that NAME names; None when it is not set."""
    value: str = env.str(name, default="")
    try:
        return parse_address(value, sender=sender, ca=ca) if value else None
    except ValueError:
        told = "takes an address such as tls://logs.example.com:6514, or tcp:// or udp://."
        raise ImproperlyConfigured(f"{name} {told}") from None


def certificates(name: str) -> str:
    """Return the PEM certificates in the file that NAME names; empty when it is not set."""
    file = env.str(name, default="")
    try:
        content = Path(file).read_text().strip() if file else ""
        if content:
            read_all(content)
    except (OSError, ValueError, UnreadableCertificate) as error:
        raise ImproperlyConfigured(f"{name} is no file of PEM certificates: {error}.") from None
    if "PRIVATE KEY" in content:
        raise ImproperlyConfigured(f"{name} contains a private key; clusters are told everything in it.")
    return content


def networks(name: str) -> list[Network]:
    try:
        return [ipaddress.ip_network(item) for item in env.list(name, default=[])]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from None
