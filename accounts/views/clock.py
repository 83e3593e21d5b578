"""How long a session lasts, as its pages ask it."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.services.browser import clock_of


@never_cache
@require_GET
def seconds_left(request: HttpRequest) -> JsonResponse:
    """The clock of the warning dialog. Asking it is never activity."""
    return JsonResponse(clock_of(request.browser_session))  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware


@never_cache
@require_POST
def stay_signed_in(request: HttpRequest) -> JsonResponse:
    """Be activity, which BrowserSessionMiddleware has noted, and tell the new end."""
    browser = request.browser_session  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware
    return JsonResponse(clock_of(browser), status=200 if browser else 401)
