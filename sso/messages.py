"""Messages that travel through a browser."""

from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit


def is_address(text: str, schemes: Collection[str] = ("https", "http")) -> bool:
    """Return True for an absolute address with a host, to which a browser can be sent."""
    try:
        parts = urlsplit(text)
        _ = parts.port  # ValueError for one that is no number
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.hostname) and text.isprintable() and " " not in text


@dataclass(frozen=True)
class Outgoing:
    """The address to which the browser takes a message: in a redirect, or by posting `fields`."""

    url: str
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def to(cls, url: str, parameters: dict[str, str]) -> "Outgoing":
        """Redirect to the address, with the parameters added to its query."""
        return cls(f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}")


@dataclass(frozen=True)
class Incoming:
    """A received message: in the form field `name`, or in a query string, kept byte for byte."""

    name: str
    field: str = ""
    query: str = ""
