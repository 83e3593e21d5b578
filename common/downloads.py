"""Files that are handed out under a name of their own."""

import base64
import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

# The last four are what some spreadsheets take for the first.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
LINES_AT_ONCE = 500
KINDS = {"yaml": "application/yaml", "json": "application/json"}


def attached(name: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type=KINDS.get(name.rpartition(".")[2], "text/plain; charset=utf-8"))
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


def inlined(text: str) -> str:
    """Return an address that holds the text itself (RFC 2397): no address of ours answers it a second time."""
    return f"data:application/octet-stream;base64,{base64.b64encode(text.encode()).decode()}"


def streamed_csv(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> StreamingHttpResponse:
    """Return rows without end as CSV: they are written while they are read, and no more than a few are in memory."""
    return _streamed(name, "text/csv; charset=utf-8", _lines(columns, rows))


def streamed_json(name: str, rows: Iterable[Mapping[str, object]]) -> StreamingHttpResponse:
    """Return rows in the same way as a JSON array."""
    return _streamed(name, "application/json", _objects(rows))


def _streamed(name: str, content_type: str, parts: Iterator[str]) -> StreamingHttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return StreamingHttpResponse(parts, content_type=content_type, headers=headers)


def _objects(rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    before, lines = "[\n", []
    for row in rows:
        lines.append(before + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False))
        before = ",\n"
        if len(lines) == LINES_AT_ONCE:
            yield "".join(lines)
            lines = []
    yield "".join(lines) + ("[]\n" if before == "[\n" else "\n]\n")


def _lines(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=columns)
    writer.writeheader()
    for number, row in enumerate(rows, 1):
        writer.writerow({column: _inert(value) for column, value in row.items()})
        if number % LINES_AT_ONCE == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def _inert(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    if isinstance(value, dict):
        return json.dumps(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
