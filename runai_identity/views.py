"""What the service answers as a whole: errors that no view caught, and the description of the API for people."""

from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

from common.api import error_body
from common.middleware import Unreadable
from runai_identity.command_line import NAME, executable
from runai_identity.reference import Section, sections

# Programs ask here, and read JSON; everywhere else a person looks at a page.
FOR_PROGRAMS = ("/api/", "/cli/", "/auth/", "/v1/", "/.well-known/", "/healthz", "/readyz", "/session")


@require_safe
def command_line(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(executable(settings.PUBLIC_URL), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{NAME}"'
    response["Cache-Control"] = "public, max-age=300"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "The request can't be read. Go back, reload the page and try again."
    if isinstance(exception, Unreadable):
        sentence = str(exception)
    return _answer(request, 400, "That did not work", sentence, "bad_request")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "This needs an access rule that you don't have. Ask an administrator."
    return _answer(request, 403, "You may not see this", sentence, "forbidden")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "There is nothing here, or nothing that you may see."
    return _answer(request, 404, "Page not found", sentence, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    sentence = "The log has what happened, under the id in this answer's X-Request-ID. Please try again."
    if _is_for_programs(request):
        return _answer(request, 500, "", sentence, "internal")
    # Without the request: what fills in who is signed in asks the database, which may be what is broken.
    page = render_to_string("error.html", {"title": "Something went wrong here", "sentence": sentence})
    return HttpResponse(page, status=500)


def _answer(request: HttpRequest, status: int, title: str, sentence: str, code: str) -> HttpResponse:
    if _is_for_programs(request):
        return JsonResponse(error_body(status, sentence, code), status=status)
    return render(request, "error.html", {"title": title, "sentence": sentence}, status=status)


def _is_for_programs(request: HttpRequest) -> bool:
    return request.path.startswith(FOR_PROGRAMS) and request.path != "/api/docs"


@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    return render(request, "api.html", {"sections": published_api()})


@lru_cache(maxsize=1)
def published_api() -> list[Section]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return sections(schema)
