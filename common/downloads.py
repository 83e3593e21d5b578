"""Files that are handed out under a name of their own."""

from django.http import HttpResponse

KINDS = {"yaml": "application/yaml", "json": "application/json"}


def attached(name: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type=KINDS.get(name.rpartition(".")[2], "text/plain; charset=utf-8"))
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
