"""Views of the service as a whole: errors that no view caught, and the description of the API for people."""

import json
import sys
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe
from django.views.decorators.vary import vary_on_headers

from accounts.returning import page, part_of
from accounts.services.branding import Brand
from accounts.signing_in import BROWSER_SESSION
from common.api import error_body
from common.middleware import OUTAGE, UnreadableRequest
from common.outages import RETRY_AFTER, drop_connection, is_outage, reason
from runai_identity.api_description import document
from runai_identity.command_line import NAME, executable
from runai_identity.languages import FOR_PROGRAMS
from runai_identity.reference import sections

# Programs ask in these words of OAuth, and get its form of errors.
FOR_OAUTH_CLIENTS = ("/auth/", "/api/v2/token")


@part_of("account")
@require_safe
def command_line(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(executable(settings.PUBLIC_URL), content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{NAME}"'
    response["Cache-Control"] = "public, max-age=300"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "The request can't be read. Go back, reload the page and try again."
    status, code = UnreadableRequest.status, UnreadableRequest.code
    if isinstance(exception, UnreadableRequest):
        sentence, status, code = str(exception), exception.status, exception.code
    if request.path.startswith(FOR_OAUTH_CLIENTS):  # RFC 6749 §5.2, beside our own form
        oauth = {"error": "invalid_request", "error_description": sentence}
        return JsonResponse(error_body(status, sentence, code) | oauth, status=status)
    return _answer(request, status, "That did not work", sentence, code)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "This needs an access rule that you don't have. Ask an administrator."
    return _answer(request, 403, "You may not see this", sentence, "forbidden")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    sentence = "There is nothing here, or nothing that you may see."
    return _answer(request, 404, "Page not found", sentence, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer for an exception that no view caught; 503 where the database is to blame, and will be back."""
    error = sys.exc_info()[1]
    if error is not None and is_outage(error):
        return _unavailable(request, error)
    sentence = "The log has what happened, under the id in this answer's X-Request-ID. Please try again."
    if _is_for_programs(request):
        return _answer(request, 500, "", sentence, "internal")
    # Without the request: what fills in who is signed in asks the database, which may be what is broken.
    page = render_to_string("error.html", {"title": gettext("Something went wrong here"), "sentence": sentence})
    return HttpResponse(page, status=500)


def _unavailable(request: HttpRequest, error: BaseException) -> HttpResponse:
    sentence = "The database does not answer or takes no changes at this moment. Please try again in a few seconds."
    if request.path.startswith(FOR_OAUTH_CLIENTS):  # RFC 6749 §4.1.2.1, beside our own form
        oauth = {"error": "temporarily_unavailable", "error_description": sentence}
        response: HttpResponse = JsonResponse(error_body(503, sentence, "database_unavailable") | oauth, status=503)
    elif _is_for_programs(request):
        response = _answer(request, 503, "", sentence, "database_unavailable")
    else:
        content = render_to_string(
            "error.html", {"title": gettext("Not available at this moment"), "sentence": sentence}
        )
        response = HttpResponse(content, status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    OUTAGE.set(request, f"the database: {reason(error)}")
    drop_connection()
    return response


def _answer(request: HttpRequest, status: int, title: str, sentence: str, code: str) -> HttpResponse:
    if _is_for_programs(request):
        return JsonResponse(error_body(status, sentence, code), status=status)
    context: dict[str, object] = {"title": title, "sentence": sentence}
    if BROWSER_SESSION.of(request) is None:
        # The product's, and the environment's: what a stranger sends here costs no statement.
        context |= {"brand": Brand(), "help_contact": settings.HELP_CONTACT}
    return render(request, "error.html", context, status=status)


def _is_for_programs(request: HttpRequest) -> bool:
    return request.path.startswith(FOR_PROGRAMS) and request.path != "/api/docs"


@part_of("api-reference")
@require_safe
@cache_control(public=True, max_age=300)
@vary_on_headers("Accept-Encoding")
@condition(etag_func=lambda request: document().etag)
def openapi(request: HttpRequest) -> HttpResponse:
    """Serve the description as it stands in the repository."""
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
    """Render the description once: it is long, and the same for everybody."""
    return render_to_string("api_sections.html", {"sections": sections(json.loads(document().body))})
