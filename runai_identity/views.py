"""What the service answers as a whole: errors that no view caught, and the description of the API for people."""

import json
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.returning import page, part_of
from common.api import error_body
from common.middleware import Unreadable
from runai_identity.api_description import document
from runai_identity.command_line import NAME, executable
from runai_identity.reference import sections

# Programs ask here, and read JSON; everywhere else a person looks at a page.
FOR_OAUTH_CLIENTS = ("/auth/", "/api/v2/token")
FOR_PROGRAMS = ("/api/", "/cli/", "/auth/", "/v1/", "/.well-known/", "/healthz", "/readyz", "/session")


@part_of("account")
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
    if request.path.startswith(FOR_OAUTH_CLIENTS):  # RFC 6749 §5.2, beside our own form
        oauth = {"error": "invalid_request", "error_description": sentence}
        return JsonResponse(error_body(400, sentence, "bad_request") | oauth, status=400)
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


@part_of("api-reference")
@require_safe
@cache_control(public=True, max_age=300)
@vary_on_headers("Accept-Encoding")
@condition(etag_func=lambda request: document().etag)
def openapi(request: HttpRequest) -> HttpResponse:
    """The description as it stands in the repository."""
    compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        document().compressed if compressed else document().body, content_type="application/vnd.oai.openapi+json"
    )
    if compressed:
        response["Content-Encoding"] = "gzip"
    return response


@page
@require_safe
def api_reference(request: HttpRequest) -> HttpResponse:
    return render(request, "api.html", {"described": _described()})


@cache
def _described() -> SafeString:
    """The same for everybody, and long: put together once."""
    return render_to_string("api_sections.html", {"sections": sections(json.loads(document().body))})
