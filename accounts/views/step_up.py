"""Before a sensitive act: who signed in too long ago shows again that it is they, and goes on with what they sent.

What they sent waits in Django's session, encrypted, and is good once, for the same address and the same session.
"""

import json
import time
from secrets import token_urlsafe
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.returning import page
from accounts.signing_in import BROWSER_SESSION, SignedIn, session_of, sign_in_again
from accounts.views.recently import is_recent
from common.encryption import decrypt, encrypt

KEPT = "kept_forms"  # in Django's session
FIELD = "kept_form"  # of the form by which they go on
LASTS = 15 * 60  # seconds
MOST = 3
LONGEST = 128 * 1024


def show_again_first(request: HttpRequest) -> HttpResponse | None:
    """Lead to the sign-in page who signed in too long ago; return None for who may go on."""
    browser = BROWSER_SESSION.of(request)
    if browser is None or is_recent(browser):
        return None
    return sign_in_again(_keep(request))


def put_back(request: HttpRequest) -> HttpResponse | None:
    """Let the request be the form that was kept; where there is none any more, answer the page it was on."""
    key = request.POST.get(FIELD, "")
    if not key:
        return None
    kept = request.session.get(KEPT, {})
    found = kept.pop(key, None)
    request.session[KEPT] = kept
    form = _read(found) if found else None
    if form is None or form["to"] != request.get_full_path() or form["of"] != _session_id(request):
        messages.error(
            request, gettext("What you sent is not kept any more, and nothing was done. Please enter it again.")
        )
        return redirect(request.get_full_path())
    request.POST = QueryDict(form["body"])
    return None


@page
@never_cache
@login_required
@require_safe
def step_up(request: SignedIn, key: str) -> HttpResponse:
    """On to the act, after signing in again: by one button, which a script presses."""
    found = request.session.get(KEPT, {}).get(key)
    form = _read(found) if found else None
    if form is None:
        messages.error(
            request, gettext("What you sent is not kept any more, and nothing was done. Please enter it again.")
        )
        return redirect("home")
    return render(request, "accounts/step_up.html", {"to": form["to"], "field": FIELD, "key": key})


def _keep(request: HttpRequest) -> str:
    """Keep what was sent, and return the page that goes on with it; a file or a very long form is not kept."""
    body = request.POST.copy()
    body.pop("csrfmiddlewaretoken", None)
    encoded = body.urlencode()
    if request.FILES or len(encoded) > LONGEST:
        messages.warning(
            request, gettext("You were asked to sign in again, and nothing was done. Please send the form again.")
        )
        return request.get_full_path()
    told = {"to": request.get_full_path(), "body": encoded, "of": _session_id(request), "at": int(time.time())}
    key, kept = token_urlsafe(16), request.session.get(KEPT, {})
    latest = dict(list(kept.items())[-(MOST - 1) :])
    request.session[KEPT] = {**latest, key: encrypt(json.dumps(told).encode()).decode()}
    return reverse("accounts:step-up", args=[key])


def _read(found: str) -> dict[str, Any] | None:
    form: dict[str, Any] = json.loads(decrypt(found.encode()))
    return form if 0 <= time.time() - form["at"] <= LASTS else None


def _session_id(request: HttpRequest) -> str:
    return str(session_of(request).pk)
