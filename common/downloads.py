"""Files that are handed out under a name of their own."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence

from django.http import HttpResponse

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
KINDS = {"yaml": "application/yaml", "json": "application/json"}


def attached(name: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type=KINDS.get(name.rpartition(".")[2], "text/plain; charset=utf-8"))
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def as_csv(name: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> HttpResponse:
    response = HttpResponse(content_type="text/csv", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    writer = csv.DictWriter(response, fieldnames=columns)
    writer.writeheader()
    for row in rows:
        writer.writerow({column: _inert(value) for column, value in row.items()})
    return response


def _inert(value: object) -> object:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV Injection)."""
    if isinstance(value, dict):
        return json.dumps(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
