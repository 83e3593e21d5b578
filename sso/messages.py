"""Messages on their way through somebody's browser."""

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
    """Where a browser takes a message: by the address alone, or by posting `fields` there."""

    url: str
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def to(cls, url: str, parameters: dict[str, str]) -> "Outgoing":
        """By the address, to which the parameters are added."""
        return cls(f"{url}{'&' if urlsplit(url).query else '?'}{urlencode(parameters)}")


@dataclass(frozen=True)
class Incoming:
    """A message as its binding brought it: `name` in a form field, or in a query string exactly as it came."""

    name: str
    field: str = ""
    query: str = ""
