"""The OpenAPI description: made ahead of time, kept in the repository, and served as the bytes of that file.

To build it takes a third of a second, which no stranger may ask of the server. `manage.py openapi` writes it again, and
`make check` fails when it differs from what the views say.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("openapi.json")


@dataclass(frozen=True)
class Document:
    """The file's bytes, the same compressed, and the ETag of both."""

    body: bytes
    compressed: bytes
    etag: str


def generated() -> str:
    """Describe the API as its views are now."""
    from drf_spectacular.generators import SchemaGenerator  # no server needs it

    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return f"{json.dumps(schema, indent=1)}\n"


@cache
def document() -> Document:
    body = FILE.read_bytes()
    return Document(body, gzip.compress(body, mtime=0), f'W/"{hashlib.sha256(body).hexdigest()[:32]}"')
