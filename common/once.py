"""Forms whose answer shows a new secret are good once: to reload the answer sends the form again.

Without this a reload would make another secret, and begin to end the one that somebody has just copied. Such a form has
a random field (`{% once %}`), and Django's session has the fields that led to a secret.
"""

from collections.abc import Callable
from functools import wraps
from secrets import token_urlsafe
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

FIELD = "once"
SENT = "sent_once"  # in Django's session
MOST = 20

V = TypeVar("V", bound=Callable[..., HttpResponse])


def field() -> SafeString:
    """Return the hidden field of a form, another one for each page, and the script that sends the form once."""
    return format_html(
        '<input type="hidden" name="{}" value="{}"><script src="{}" defer></script>',
        FIELD,
        token_urlsafe(12),
        static("js/once.js"),
    )


def refuse_again(request: HttpRequest, to: str) -> HttpResponse | None:
    """Return the way to a page if this very form has shown a secret already; None if it may be worked on."""
    if request.method != "POST" or _key(request) not in request.session.get(SENT, ()):
        return None
    told = gettext(
        "This form was sent a second time, and nothing more was done. What it made was shown once: if you don't have"
        " it, make a new one."
    )
    messages.warning(request, told)
    return redirect(to)


def note_shown(request: HttpRequest) -> None:
    """Note that the answer to this form shows a secret."""
    if key := _key(request):
        request.session[SENT] = [*request.session.get(SENT, ())[-(MOST - 1) :], key]


def _key(request: HttpRequest) -> str:
    return request.POST.get(FIELD, "")[:40]


def shown_once(to: str) -> Callable[[V], V]:
    """Make a view whose page has a new secret answer a form once, and lead to the page `to` after that."""

    def made(view: V) -> V:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if again := refuse_again(request, to):
                return again
            answer = view(request, *args, **kwargs)
            if answer.status_code == 200:
                note_shown(request)
            return answer

        return cast(V, guarded)

    return made
