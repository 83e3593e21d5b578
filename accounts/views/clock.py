"""Tell pages how much longer their session lasts."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.services.browser import clock_of
from accounts.signing_in import BROWSER_SESSION


@never_cache
@require_GET
def seconds_left(request: HttpRequest) -> JsonResponse:
    """Answer the clock of the warning dialog. Asking it is never activity."""
    return JsonResponse(clock_of(BROWSER_SESSION.of(request)))


@never_cache
@require_POST
def stay_signed_in(request: HttpRequest) -> JsonResponse:
    """Be activity, which BrowserSessionMiddleware has noted, and tell the new end."""
    browser = BROWSER_SESSION.of(request)
    return JsonResponse(clock_of(browser), status=200 if browser else 401)
