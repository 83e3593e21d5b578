from django.http import HttpRequest
from django.utils import timezone

from accounts.inactivity import WARN_BEFORE


def inactivity(request: HttpRequest) -> dict[str, object]:
    """What the warning dialog of signed-in pages needs; nothing elsewhere."""
    browser = getattr(request, "browser_session", None)
    if browser is None:
        return {}
    seconds_left = max(0, int((browser.ends_at - timezone.now()).total_seconds()))
    return {"seconds_left": seconds_left, "warn_before": int(WARN_BEFORE.total_seconds())}
