"""How long a session lasts, as its pages ask it."""

from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.services.browser import look_up, stay


@never_cache
@require_GET
def seconds_left(request: HttpRequest) -> JsonResponse:
    """The clock of the warning dialog. Asking it is never activity."""
    browser = request.browser_session  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware
    left = (browser.ends_at - timezone.now()).total_seconds() if browser else 0
    return JsonResponse({"secondsLeft": max(0, int(left))})


@never_cache
@require_POST
def stay_signed_in(request: HttpRequest) -> JsonResponse:
    browser = request.browser_session  # type: ignore[attr-defined]  # set by BrowserSessionMiddleware
    if browser is None:
        return JsonResponse({"secondsLeft": 0}, status=401)
    stay(browser.session)
    renewed, _ = look_up(browser.session.pk)
    left = (renewed.ends_at - timezone.now()).total_seconds() if renewed else 0
    return JsonResponse({"secondsLeft": int(left)})
