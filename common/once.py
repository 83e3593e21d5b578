"""Forms whose answer shows a new secret are good once: to reload the answer sends the form again.

Without this a reload would make another secret, and begin to end the one that somebody has just copied. Such a form has
a random field (`{% once %}`), and Django's session has the fields that led to a secret, or are about to: of copies that
are sent at the same time one is worked on.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from secrets import token_urlsafe
from typing import Any, TypeVar, cast

from django.contrib import messages
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from common.request_values import RequestValue

FIELD = "once"
SENT = "sent_once"  # in Django's session
MOST = 20

SHOWN: RequestValue[bool] = RequestValue()

V = TypeVar("V", bound=Callable[..., HttpResponseBase])


def field() -> SafeString:
    """Return the hidden field of a form, another one for each page, and the script that sends the form once."""
    return format_html(
        '<input type="hidden" name="{}" value="{}"><script src="{}" defer></script>',
        FIELD,
        token_urlsafe(12),
        static("js/once.js"),
    )


def answer_once(request: HttpRequest, to: str, work: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Return the answer of `work`, or the way to a page if this very form has shown a secret, or is just making one."""
    key = _key(request) if request.method == "POST" else ""
    if not key:
        return work()
    if not _take(request, key):
        messages.warning(request, _told())
        return redirect(to)
    try:
        return work()
    finally:
        if not SHOWN.of(request):
            _give_back(request, key)


def note_shown(request: HttpRequest) -> None:
    """Note that the answer to this form shows a secret."""
    SHOWN.set(request, True)


def shown_once(to: str) -> Callable[[V], V]:
    """Make a view whose page has a new secret answer a form once, and lead to the page `to` after that."""

    def made(view: V) -> V:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            def work() -> HttpResponseBase:
                answer = view(request, *args, **kwargs)
                if answer.status_code == 200:
                    note_shown(request)
                return answer

            return answer_once(request, to, work)

        return cast(V, guarded)

    return made


def _take(request: HttpRequest, key: str) -> bool:
    """Return False if another request has the form: it is being worked on, or has shown its secret."""
    with _alone(request):
        sent = _sent(request)
        _keep(request, sent if key in sent else [*sent[-(MOST - 1) :], key])
        return key not in sent


def _give_back(request: HttpRequest, key: str) -> None:
    """Let the form be sent again, which showed nothing: it was refused, or asks for something first."""
    with _alone(request):
        _keep(request, [one for one in _sent(request) if one != key])


@contextmanager
def _alone(request: HttpRequest) -> Iterator[None]:
    """Let the requests of one browser wait for each other, in whichever process; not for long."""
    with transaction.atomic():
        Session.objects.filter(session_key=request.session.session_key).update(expire_date=F("expire_date"))
        yield


def _sent(request: HttpRequest) -> list[str]:
    """Return what the database has: another request may have begun since Django read the session for this one."""
    return list(_stored(request).get(SENT, ()))


def _keep(request: HttpRequest, sent: list[str]) -> None:
    request.session[SENT] = sent
    stored = _stored(request)
    if stored.keys():  # the session was not ended meanwhile
        stored[SENT] = sent
        stored.save()


def _stored(request: HttpRequest) -> SessionBase:
    kind: type[SessionBase] = type(request.session)
    return kind(request.session.session_key)


def _told() -> str:
    return gettext(
        "This form was sent a second time, and nothing more was done. What it made was shown once: if you don't have"
        " it, make a new one."
    )


def _key(request: HttpRequest) -> str:
    return request.POST.get(FIELD, "")[:40]
