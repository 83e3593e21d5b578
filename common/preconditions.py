"""If-Match and If-None-Match of the API (RFC 9110 §13.1): change a row only as it was read; don't tell it again.

An ETag has two parts. The first stands for what the API can change of the row: If-Match compares that part alone, so
when somebody last signed in does not make a caller's reading outdated. The second stands for all that was told.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db.models import Model
from django.utils.http import parse_etags
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
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag of an earlier GET: 304, without a body, if the answer would be the same.",
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="Stands for what can be changed. Send it back as If-Match.",
)
# Elements of a list may be empty (RFC 9110 §5.6.1.2), and a header's bytes beyond ASCII are read as Latin-1.
_TAGS = re.compile(r'[ \t,]*(?:(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"[ \t]*(?:,[ \t,]*|$))+')
_STRONG = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
BETWEEN = "-"
LONGEST = 2000


class Version:
    """The version of a row: the columns that can be changed, or what `values` makes of the row."""

    def __init__(self, *columns: str) -> None:
        self.columns = sorted(columns)

    def values(self, row: Any) -> Mapping[str, Any]:
        return {name: getattr(row, name) for name in self.columns}

    def of(self, row: Model) -> str:
        return _digest(self.values(row))

    def tagged(self, response: Response, row: Model) -> Response:
        response["ETag"] = f'"{self.of(row)}{BETWEEN}{_digest(response.data)}"'
        return response

    def unless_known(self, request: Request, response: Response, row: Model) -> Response:
        """Return the answer to a GET, or 304 if the request's If-None-Match has its ETag."""
        tag = self.tagged(response, row)["ETag"]
        known = {one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", ""))}
        return Response(status=304, headers={"ETag": tag}) if known & {tag, "*"} else response

    @contextmanager
    def unchanged(self, request: Request, row: Model) -> Iterator[None]:
        """Refuse the change made within if the row is not the one that the request's If-Match names."""
        given = request.headers.get("If-Match", "*").strip()
        if given == "*":
            yield
            return
        versions = {tag.partition(BETWEEN)[0] for tag in _read(given)}

        def check(current: Model) -> None:
            if self.of(current) not in versions:
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


def _digest(values: object) -> str:
    return sha256_of(json.dumps(values, sort_keys=True, default=_as_text))[:32]


def _as_text(value: Any) -> str:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)
