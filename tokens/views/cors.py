"""Which web pages of other origins may read our answers in a browser (W3C Fetch): those an administrator registered."""

from django.http import HttpRequest, HttpResponse

from tokens.models import Application


def for_registered_origins(response: HttpResponse, request: HttpRequest, application: Application) -> HttpResponse:
    origin = request.headers.get("Origin", "")
    if origin and origin in application.allowed_origins.split():
        response["Access-Control-Allow-Origin"] = origin
    response["Vary"] = "Origin"
    return response
