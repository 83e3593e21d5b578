"""A JSON parser for hostile input: what two readers could understand differently is refused (RFC 8259 §4, §8.1)."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from common.errors import Invalid

MAX_DEPTH = 20
# Shorter values, on average, nobody sends; to read one takes a microsecond or two, whoever sent it.
BYTES_PER_VALUE = 16

# PostgreSQL can't store NUL; half a surrogate pair is no character.
_STRANGE = re.compile("[\\x00\\ud800-\\udfff]")


class JSONTooLong(ParseError):
    """A body that is longer than is read (RFC 9110 §15.5.14)."""

    status_code = 413
    default_code = "body_too_large"


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ParseError("A name stands twice in one JSON object.")
    return names


def _constant(name: str) -> NoReturn:
    raise ParseError(f"{name} is not JSON.")


def refuse_strange(value: Any, depth: int = 0) -> None:
    """Raise ParseError for NUL characters, unpaired surrogates and deep nesting: no database stores them."""
    match value:
        case str():
            if _STRANGE.search(value):
                raise ParseError("A string contains a NUL character or half a surrogate pair.")
        case dict() | list() if depth >= MAX_DEPTH:
            raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.")
        case dict():
            for name, inner in value.items():
                refuse_strange(name, depth + 1)
                refuse_strange(inner, depth + 1)
        case list():
            for inner in value:
                refuse_strange(inner, depth + 1)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_constant=_constant)


def _may_be_strange(text: str) -> bool:
    """Return False if `refuse_strange` finds nothing in the JSON that was read of this text.

    A NUL character and half a surrogate pair only get into a value by an escape: UTF-8 has no surrogates, and JSON no
    control characters in strings. The nesting is no deeper than there are brackets.
    """
    return "\\u" in text or text.count("{") + text.count("[") > MAX_DEPTH


def loads(body: bytes, *, most_bytes: int = settings.DATA_UPLOAD_MAX_MEMORY_SIZE) -> Any:
    """Parse strict UTF-8 JSON or raise `ParseError`, before anything is read of what is too long (413) or too much."""
    if len(body) > most_bytes:
        raise JSONTooLong(f"The body is longer than {most_bytes} bytes.")
    # Between any two values of an object or a list stands a comma.
    if body.count(b",") >= (most_values := most_bytes // BYTES_PER_VALUE):
        raise ParseError(f"The JSON has more than {most_values} values.")
    try:
        text = body.decode("utf-8")
        value = _DECODER.decode(text)
    except UnicodeDecodeError:
        raise ParseError("The body is not UTF-8.") from None
    except RecursionError:
        raise ParseError(f"The JSON is nested deeper than {MAX_DEPTH} levels.") from None
    except ValueError:  # also an integer literal past Python's digit limit
        raise ParseError("The body is not valid JSON.") from None
    if _may_be_strange(text):
        refuse_strange(value)
    return value


class StrictJSONParser(BaseParser):
    """Reads as much as the view declares by `most_bytes`."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        view = (parser_context or {}).get("view")
        most: int = getattr(view, "most_bytes", settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
        # DRF reads the stream past Django's own limit (DATA_UPLOAD_MAX_MEMORY_SIZE), so it is kept here.
        return loads(stream.read(most + 1), most_bytes=most)


class FirstParserByDefault(DefaultContentNegotiation):
    """Take a body without Content-Type for what the view expects first: an old client of the platform sends none."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return super().select_parser(request, parsers) if request.content_type else parsers[0]

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        """Say what `?format=` may be, where DRF answers 404 as if the address were wrong."""
        if found := [renderer for renderer in renderers if renderer.format == format]:
            return found
        known = ", ".join(renderer.format for renderer in renderers)
        raise Invalid("unknown_format", f"format: This is answered as {known} alone. Leave it out.", field="format")
