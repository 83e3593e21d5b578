"""Pages that open only to who signed in a moment ago."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.services.browser import BrowserSession
from accounts.signing_in import BROWSER_SESSION, sign_in_again

V = TypeVar("V", bound=Callable[..., HttpResponse])


def is_recent(browser: BrowserSession) -> bool:
    """Return True if this browser's person showed who they are within the time that Settings | Sign-in says."""
    return browser.session.authenticated_at > timezone.now() - browser.general.step_up_within


def signed_in_recently(view: V) -> V:
    """Send everybody else to sign in once more, and then to this page, or to the page that this form is part of."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        browser = BROWSER_SESSION.of(request)
        if browser is not None and is_recent(browser):
            return view(request, *args, **kwargs)
        return sign_in_again(request.get_full_path())

    return cast(V, guarded)
