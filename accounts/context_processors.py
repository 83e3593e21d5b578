import json
from functools import cache

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import GeneralSettings
from accounts.services.branding import brand_of
from accounts.services.browser import clock_of, draft_key
from accounts.signing_in import BROWSER_SESSION


def organisation(request: HttpRequest) -> dict[str, object]:
    """Give pages the organisation's look and whom people turn to who are refused, read where one is shown."""
    read = cache(lambda: _general(request))
    return {
        "brand": SimpleLazyObject(lambda: brand_of(read())),
        "help_contact": SimpleLazyObject(lambda: read().helpers),
    }


def _general(request: HttpRequest) -> GeneralSettings:
    browser = BROWSER_SESSION.of(request)
    try:
        return browser.general if browser else GeneralSettings.current()
    except (OperationalError, InterfaceError):  # a page that needs no database otherwise is answered without one
        return GeneralSettings()


def inactivity(request: HttpRequest) -> dict[str, object]:
    """Give pages of signed-in people what their scripts need, and others nothing."""
    browser = BROWSER_SESSION.of(request)
    if browser is None:
        return {}
    return {"session_clock": json.dumps(clock_of(browser)), "draft_key": draft_key(browser.session.user)}
