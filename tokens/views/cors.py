"""Which web pages of other origins may read our answers in a browser (W3C Fetch): those an administrator registered."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse

from tokens.models import Application

View = Callable[[HttpRequest], HttpResponse]


def cross_origin(view: View) -> View:
    """Answer browsers that ask first (OPTIONS), and let pages of registered origins read what `view` answers."""

    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        origin = request.META.get("HTTP_ORIGIN", "")
        asked_first = request.method == "OPTIONS"
        response = HttpResponse(status=204) if asked_first else view(request)
        response["Vary"] = "Origin"
        if origin and _is_registered(origin):
            response["Access-Control-Allow-Origin"] = origin
            if asked_first:
                response["Access-Control-Allow-Methods"] = "GET, POST"
                response["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                response["Access-Control-Max-Age"] = "600"
        return response

    return answered


def _is_registered(origin: str) -> bool:
    near = Application.objects.filter(enabled=True, allowed_origins__contains=origin)
    return any(origin in found.split() for found in near.values_list("allowed_origins", flat=True))
