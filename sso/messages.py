"""Messages on their way through somebody's browser."""

from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit


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
