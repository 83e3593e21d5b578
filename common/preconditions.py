"""If-Match of the API (RFC 9110 §13.1.1): change a row only if nobody changed it since the caller read it.

A row's ETag stands for what the API can change of it. When somebody last signed in, or what a cluster last reported,
does not make a caller's reading of the row outdated.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import Model
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import Invalid, Outdated
from common.expectations import expect, expecting
from common.hashes import sha256_of

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of a GET: nothing is changed, and 412 answered, if somebody changed it since.",
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="Stands for what can be changed. Send it back as If-Match.",
)
_TAGS = re.compile(r'\s*(?:W/)?"[\x21\x23-\x7e]*"\s*(?:,\s*(?:W/)?"[\x21\x23-\x7e]*"\s*)*', re.ASCII)
_STRONG = re.compile(r'(W/)?("[\x21\x23-\x7e]*")')
LONGEST = 2000


class Version:
    """The version of a row: the columns that can be changed, or what `values` makes of the row."""

    def __init__(self, *columns: str) -> None:
        self.columns = sorted(columns)

    def values(self, row: Any) -> Mapping[str, Any]:
        return {name: getattr(row, name) for name in self.columns}

    def tag(self, row: Model) -> str:
        told = json.dumps(self.values(row), sort_keys=True, default=_as_text)
        return f'"{sha256_of(told)[:32]}"'

    def tagged(self, response: Response, row: Model) -> Response:
        response["ETag"] = self.tag(row)
        return response

    @contextmanager
    def unchanged(self, request: Request, row: Model) -> Iterator[None]:
        """Refuse the change made within if the row is not the one that the request's If-Match names."""
        given = request.headers.get("If-Match", "*").strip()
        if given == "*":
            yield
            return
        tags = _read(given)

        def check(current: Model) -> None:
            if self.tag(current) not in tags:
                raise Outdated(
                    "changed_meanwhile", "Somebody changed this since you read it. Read it again, then change it."
                )

        check(row)  # also where nothing is left to change, and no verb locks the row
        with expecting():
            expect(row, check)
            yield


def _read(given: str) -> set[str]:
    """Return the strong tags, which alone can match (RFC 9110 §8.8.3.2)."""
    if len(given) > LONGEST or not _TAGS.fullmatch(given):
        raise Invalid("bad_precondition", "If-Match: Send the ETag as the answer has it, with its quotation marks.")
    return {tag for weak, tag in _STRONG.findall(given) if not weak}


def _as_text(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
