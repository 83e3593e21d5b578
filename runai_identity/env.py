"""Reading the environment: every setting has one name, every secret may also come from a file (`NAME_FILE`).

A value is taken as it is written, or the start is refused in a line that names the setting.
"""

import ipaddress
import logging
import os
import re
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from audit.streams.address import SyslogAddress, parse_address
from common.certificates import UnreadableCertificate, read_all
from common.visible import is_visible, shows

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NUMBER = re.compile(r"[0-9]{1,9}")
HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252}[A-Za-z0-9_])?")
SEGMENT = re.compile(r"[A-Za-z0-9._~-]{1,100}")
VISIBLE = re.compile(r"[!-~]+")  # what a header of HTTP carries
IN_A_TEXT = "\n\t"
LONGEST_TITLE = 100
# No time that is computed with them is beyond what Python, a token or a database can hold.
LONGEST_SECONDS, LONGEST_DAYS = 100_000_000, 100_000


class AsWritten:
    """The environment for django-environ, which would take a value that begins with $ for another variable's name."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name].replace("$", r"\$")


_env: Any = environ.Env()
_env.ENVIRON = AsWritten()
_env.escape_proxy = True


def text(name: str, default: str = "") -> str:
    """Return the value of NAME: any text that can be shown."""
    value: str = _env.str(name, default=default)
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in IN_A_TEXT for each in value):
        raise ImproperlyConfigured(f"{name} has a character that is no text in UTF-8.")
    return value


def title(name: str, default: str) -> str:
    """Return a name that is shown to people and stands in headers of mails: one line, and not blank."""
    value = text(name, default).strip()
    if not value or len(value) > LONGEST_TITLE or not (is_visible(value) and shows(value)):
        raise ImproperlyConfigured(f"{name} takes a name in one line of 1 to {LONGEST_TITLE} characters.")
    return value


def segment(name: str, default: str) -> str:
    """Return one part of a path, of characters that mean nothing in a URL."""
    value = text(name, default)
    if not SEGMENT.fullmatch(value) or not value.strip("."):
        raise ImproperlyConfigured(f"{name} takes letters, digits and -._~ alone, at most 100.")
    return value


def items(name: str) -> list[str]:
    """Return what is joined by commas, without the spaces around."""
    return [item for part in text(name).split(",") if (item := part.strip())]


def hosts(name: str, *, required: bool = False) -> list[str]:
    """Return host names; one that begins with a dot stands for all below it, and `*` for all."""
    found = items(name)
    if required and not found:
        raise ImproperlyConfigured(f"Set {name}: host names joined by commas.")
    for host in found:
        if host != "*" and not is_host(host.removeprefix(".")):
            raise ImproperlyConfigured(f"{name} takes host names without scheme and port, not {host[:100]!r}.")
    return found


def is_host(host: str) -> bool:
    if not host.startswith("["):
        return HOST.fullmatch(host) is not None
    try:
        return host.endswith("]") and bool(ipaddress.IPv6Address(host[1:-1]))
    except ValueError:
        return False


def log_level(name: str) -> str:
    value = text(name, "INFO").upper()
    if value not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"{name} takes DEBUG, INFO, WARNING, ERROR or CRITICAL.")
    return value


def secret(name: str) -> str:
    """Return the value of NAME, or the content of the file that NAME_FILE names; exactly one of the two."""
    value, file = text(name), text(f"{name}_FILE")
    if bool(value) == bool(file):
        raise ImproperlyConfigured(f"Set either {name} or {name}_FILE.")
    if file:
        try:
            value = Path(file).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE can't be read: {error}.") from None
        except UnicodeDecodeError:
            raise ImproperlyConfigured(f"{name}_FILE names a file that is no text in UTF-8.") from None
    if not value:
        raise ImproperlyConfigured(f"{name} is empty.")
    return value


def optional_secret(name: str) -> str:
    """Return the secret NAME as `secret` does; empty if neither NAME nor NAME_FILE is set."""
    is_set = text(name) or text(f"{name}_FILE")
    return secret(name) if is_set else ""


def long_secret(name: str, least: int) -> str:
    value = secret(name)
    if len(value) < least:
        raise ImproperlyConfigured(f"{name} takes at least {least} random characters, and has {len(value)}.")
    return value


def bearer_token(name: str, least: int = 1) -> str:
    """Return an optional secret that is sent in a header."""
    value = optional_secret(name)
    if value and (len(value) < least or not VISIBLE.fullmatch(value)):
        raise ImproperlyConfigured(
            f"{name} takes at least {least} characters of ASCII that can be seen, and no spaces."
        )
    return value


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


def positive(name: str, default: int, most: int = 1_000_000) -> int:
    value = text(name, str(default))
    number = int(value) if NUMBER.fullmatch(value) else 0
    if not 1 <= number <= most:
        raise ImproperlyConfigured(f"{name} takes a whole number of at least 1 and at most {most}.")
    return number


def flag(name: str, *, default: bool) -> bool:
    raw = text(name, str(default)).lower()
    if raw not in ("true", "false", "1", "0", "yes", "no", "on", "off"):
        raise ImproperlyConfigured(f"{name} takes true or false.")
    return raw in ("true", "1", "yes", "on")


def origin(name: str) -> str:
    """Return an http(s) origin without path, query or trailing slash: `https://identity.example.com[:port]`."""
    value = text(name)
    if not value:
        raise ImproperlyConfigured(f"Set {name}.")
    if not _is_address(value) or value != "{0.scheme}://{0.netloc}".format(urlsplit(value)):
        raise ImproperlyConfigured(
            f"{name} takes an origin such as https://identity.example.com, without a path, a user name or a password."
        )
    return value


def address(name: str) -> str:
    """Return an http(s) address, which may have a path; empty when it is not set."""
    value = text(name)
    if value and not _is_address(value):
        raise ImproperlyConfigured(f"{name} takes an address such as https://logs.example.com/audit.")
    return value


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
        named = parts.scheme in ("http", "https") and is_host(host) and parts.username is None
        return named and parts.port != 0 and not parts.netloc.endswith(":") and not re.search(r"\s", value)
    except ValueError:  # a port that is none, a bracket that is not closed
        return False


def syslog(name: str, *, sender: str, ca: str) -> SyslogAddress | None:
    """Return the server that NAME names; None when it is not set."""
    value = text(name)
    try:
        return parse_address(value, sender=sender, ca=ca) if value else None
    except ValueError:
        told = "takes an address such as tls://logs.example.com:6514, or tcp:// or udp://."
        raise ImproperlyConfigured(f"{name} {told}") from None


def certificates(name: str) -> str:
    """Return the PEM certificates in the file that NAME names; empty when it is not set."""
    file = text(name)
    if not file:
        return ""
    try:
        content = Path(file).read_text().strip()
        if not content:
            raise ValueError("it is empty")
        read_all(content)
    except (OSError, ValueError, UnreadableCertificate) as error:
        raise ImproperlyConfigured(f"{name} is no file of PEM certificates: {error}.") from None
    if "PRIVATE KEY" in content:
        raise ImproperlyConfigured(f"{name} contains a private key; clusters are told everything in it.")
    return content


def networks(name: str) -> list[Network]:
    try:
        return [ipaddress.ip_network(item) for item in items(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {str(error)[:200]}.") from None
