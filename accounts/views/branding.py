"""The logo and the accent of the organisation: public files at addresses that change with their content."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from accounts.colours import stylesheet
from accounts.models import GeneralSettings, Logo
from common.hashes import sha256_of


@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponseBase:
    found = Logo.objects.filter(pk=digest).first()
    return _file(request, digest, bytes(found.content), found.media_type) if found else _nothing()


@require_safe
def accent(request: HttpRequest, digest: str) -> HttpResponseBase:
    colour = GeneralSettings.current().brand_accent
    tokens = stylesheet(colour) if colour else ""
    if not tokens or sha256_of(tokens) != digest:
        return _nothing()
    return _file(request, digest, tokens.encode(), "text/css; charset=utf-8")


def _file(request: HttpRequest, digest: str, content: bytes, media_type: str) -> HttpResponseBase:
    etag = f'"{digest}"'
    headers = {"ETag": etag, "Cache-Control": "public, max-age=31536000, immutable"}
    response = HttpResponse(content, content_type=media_type, headers=headers)
    return get_conditional_response(request, etag=etag, response=response) or response


def _nothing() -> HttpResponse:
    return HttpResponse("There is nothing here.\n", status=404, content_type="text/plain; charset=utf-8")
