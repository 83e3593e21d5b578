import json

from django.http import HttpRequest

from accounts.services.browser import clock_of, draft_key


def inactivity(request: HttpRequest) -> dict[str, object]:
    """Give pages of signed-in people what their scripts need, and others nothing."""
    browser = getattr(request, "browser_session", None)
    if browser is None:
        return {}
    return {"session_clock": json.dumps(clock_of(browser)), "draft_key": draft_key(browser.session.user)}
