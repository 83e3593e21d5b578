import json

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import GeneralSettings
from accounts.services.branding import Brand, brand_of
from accounts.services.browser import clock_of, draft_key
from accounts.signing_in import BROWSER_SESSION


def organisation(request: HttpRequest) -> dict[str, object]:
    """Give pages the organisation's look, asked for where it is shown, and say whom people turn to who are refused."""
    return {"brand": SimpleLazyObject(lambda: _brand(request)), "help_contact": settings.HELP_CONTACT}


def _brand(request: HttpRequest) -> Brand:
    browser = BROWSER_SESSION.of(request)
    try:
        return brand_of(browser.general if browser else GeneralSettings.current())
    except (OperationalError, InterfaceError):  # a page that needs no database otherwise is answered without one
        return Brand()


def inactivity(request: HttpRequest) -> dict[str, object]:
    """Give pages of signed-in people what their scripts need, and others nothing."""
    browser = BROWSER_SESSION.of(request)
    if browser is None:
        return {}
    return {"session_clock": json.dumps(clock_of(browser)), "draft_key": draft_key(browser.session.user)}
