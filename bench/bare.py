"""A view of Django alone, without a database: `python -m bench.bare HOST PORT`, served as the service is."""

import sys
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, JsonResponse
from django.urls import path

PATH = "/bare"

if not settings.configured:
    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF="bench.bare", SECRET_KEY="of-nothing")  # noqa: S106


def bare(request: HttpRequest) -> JsonResponse:
    response = JsonResponse({"method": request.method})
    response.headers["Content-Length"] = str(len(response.content))
    return response


urlpatterns = [path("bare", bare)]


def application() -> Any:
    return get_wsgi_application()


if __name__ == "__main__":
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        "bench.bare:application",
        factory=True,
        address=sys.argv[1],
        port=int(sys.argv[2]),
        interface=Interfaces.WSGI,
        blocking_threads=4,
        log_level=LogLevels.warning,
    ).serve()
