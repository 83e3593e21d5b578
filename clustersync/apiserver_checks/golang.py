"""Base64 and JSON as Go reads them, where Python's own libraries are stricter or laxer."""

import json
import re
from base64 import urlsafe_b64decode
from math import isinf
from typing import NoReturn

from common.wording import Wording

ALPHABET = re.compile(r"[A-Za-z0-9_-]*")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
FRACTION = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
LONG_S = "\u017f"  # the same letter as s to Go, as ß is not
MOST = 2**63  # of an int64, and one more
SINCE_YEAR_1 = 62_135_596_800  # seconds, until 1970


class NotReadableByGo(Exception):
    """The text says why, without the value."""


class Number(str):
    """A number as it is written."""

    __slots__ = ()


class Object:
    """Its members in the order in which they are written."""

    def __init__(self, members: list[tuple[str, object]]) -> None:
        self.members = members
        self.exact = dict(members)

    def field(self, name: str) -> list[object]:
        """Put a value into a field of a Go struct, one after the other: case doesn't count, and the last one stays."""
        return [value for key, value in self.members if key.replace(LONG_S, "s").lower() == name]


def base64url(text: str) -> bytes:
    """Without padding; line breaks are skipped, and bits that are left over at the end are not looked at."""
    text = text.replace("\r", "").replace("\n", "")
    if not ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        raise NotReadableByGo(Wording("it is not base64url without padding"))
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_json(data: bytes) -> object:
    try:
        return json.loads(
            data.decode("utf-8", "replace"),
            object_pairs_hook=Object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_refuse,
        )
    except ValueError:
        raise NotReadableByGo(Wording("it is not JSON")) from None
    except RecursionError:
        raise NotReadableByGo(Wording("it is nested too deeply")) from None


def string(value: object) -> str:
    """Null is the empty string."""
    if value is None:
        return ""
    if not isinstance(value, str) or isinstance(value, Number):
        raise NotReadableByGo(Wording("it is not a string"))
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def strings(value: object) -> list[str]:
    """Null is the empty list, and in a list the empty string."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise NotReadableByGo(Wording("it is not a list of strings"))
    return [string(item) for item in value]


def seconds(value: object) -> int:
    """Return a number, or one in quotes.

    What is behind its point is cut off. Since 1970, and as far as Go's time reaches.
    """
    if not isinstance(value, str):
        raise NotReadableByGo(Wording("it is not a number"))
    try:
        number = int(value) if INTEGER.fullmatch(value) else int(_fraction(value))
        return _time(number if -MOST <= number < MOST else _too_large(float(value)))
    except (ValueError, OverflowError):
        raise NotReadableByGo(Wording("it is not a number")) from None


def _too_large(number: float) -> int:
    """Return what amd64 makes of a float that is no int64; beyond what a float holds it is not read at all."""
    if isinf(number):
        raise OverflowError
    return -MOST


def _time(number: int) -> int:
    """It counts from the year 1 in an int64, and begins anew behind the last."""
    return (number + SINCE_YEAR_1 + MOST) % (2 * MOST) - MOST - SINCE_YEAR_1


def _fraction(value: str) -> float:
    if not FRACTION.fullmatch(value):
        raise ValueError(value)
    return float(value)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
