"""Messages of SAML as browsers carry them: in a URL (Redirect) or in a form (POST)."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, urlsplit

from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT

Sent = str | Mapping[str, str]  # a URL of the Redirect binding, or a form of the POST binding
Binding = Literal["redirect", "post"]
BINDINGS = {"redirect": BINDING_HTTP_REDIRECT, "post": BINDING_HTTP_POST}


@dataclass(frozen=True)
class Asked:
    """A sign-in that the service provider asked for."""

    id: str
    issuer: str
    acs: str
    force_authn: bool = False
    relay_state: str = ""
    destination: str = ""
    name_id_format: str | None = None


@dataclass(frozen=True)
class Out:
    """A sign-out that the service provider asked for (`name_id` set), or answered (`status` set)."""

    id: str
    issuer: str
    destination: str
    name_id: str | None = None
    session_indexes: tuple[str, ...] = ()
    in_response_to: str | None = None
    status: str | None = None
    relay_state: str = ""


def posted(message: bytes) -> str:
    """As a form of the POST binding carries it."""
    return base64.b64encode(message).decode()


def fields_of(sent: Sent) -> dict[str, str]:
    if isinstance(sent, str):
        return {name: values[0] for name, values in parse_qs(urlsplit(sent).query, strict_parsing=True).items()}
    return dict(sent)


def xml_of(sent: Sent, field: str) -> bytes:
    raw = base64.b64decode(field, validate=True)
    return zlib.decompress(raw, -15) if isinstance(sent, str) else raw
