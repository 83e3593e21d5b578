"""Keep in Django's session, which signs nobody in, who has shown the right password and not yet the second factor.

No page reads it but the second step. It is forgotten with the password it was shown for, and after ten minutes.
"""

import time

from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.models import User
from accounts.signing_in import BROWSER_SESSION

WAITING = "second_step"
LASTS = 10 * 60  # seconds


def wait_for_second_step(request: HttpRequest, user: User) -> None:
    if BROWSER_SESSION.of(request) is None:
        request.session.cycle_key()  # nobody else knows this one
        request.session.set_expiry(LASTS)
    request.session[WAITING] = {"user": str(user.pk), "hash": user.get_session_auth_hash(), "at": int(time.time())}


def waiting_for_second_step(request: HttpRequest) -> User | None:
    waiting = request.session.get(WAITING)
    if waiting is None or not 0 <= time.time() - waiting["at"] <= LASTS:
        return None
    user = User.objects.filter(pk=waiting["user"], enabled=True).first()
    if user is None or not constant_time_compare(waiting["hash"], user.get_session_auth_hash()):
        return None
    return user


def wait_no_more(request: HttpRequest) -> None:
    request.session.pop(WAITING, None)
