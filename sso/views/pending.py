"""The sign-ins that a browser began: an encrypted cookie for each, and nothing on the server.

Anybody can begin a sign-in, so that must leave no row. The cookie binds as a session does: no other browser has it,
only we can read or make one, and it names its request. The services ensure that it is used once: a browser can keep
what it was told to forget.
"""

import json
import time
import zlib
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from common.encryption import decrypt, encrypt
from common.errors import Unavailable
from common.hashes import sha256_of
from sso.services.sign_in import ANSWERED_WITHIN, PendingSignIn

MOST = 5  # tabs in which somebody signs in at once
# Servers accept 8 KB of cookies in all, the session's included; browsers drop a cookie of more than 4 KB.
MOST_BYTES = 6000
LONGEST = 4000


def remember(request: HttpRequest, response: HttpResponse, request_id: str, pending: PendingSignIn) -> None:
    """Let the browser keep this sign-in, and drop the oldest ones if there are too many."""
    value = _seal(request_id, pending)
    room = MOST_BYTES - len(value)
    for number, name in enumerate(sorted(_kept(request), reverse=True), 1):
        room -= len(request.COOKIES[name])
        if number >= MOST or room < 0:
            response.delete_cookie(name, samesite="Lax")
    # Sorted by name, the cookies are in the order of their sign-ins.
    name = f"{_prefix()}{time.time_ns() // 1_000_000:013x}-{_digest(request_id)}"
    response.set_cookie(name, value, max_age=ANSWERED_WITHIN, secure=settings.HTTPS, httponly=True, samesite="Lax")


class PendingSignIns:
    """The sign-ins that a browser began, read from its cookies."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._recalled: list[str] = []

    def recall(self, request_id: str) -> PendingSignIn | None:
        """Return what this browser began under the id, or None, and mark it to be forgotten."""
        for name in _kept(self._request):
            pending = _unseal(request_id, self._request.COOKIES[name]) if name.endswith(_digest(request_id)) else None
            if pending is not None:
                self._recalled.append(name)
                return pending
        return None

    def forget_recalled(self, response: HttpResponse) -> None:
        for name in self._recalled:
            response.delete_cookie(name, samesite="Lax")


def with_pending_sign_ins(
    view: Callable[[HttpRequest, PendingSignIns, str], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Pass the view the browser's sign-ins, and delete the cookies of those it recalled, whatever it returns."""

    @wraps(view)
    def answered(request: HttpRequest, alias: str) -> HttpResponse:
        pending = PendingSignIns(request)
        response = view(request, pending, alias)
        pending.forget_recalled(response)
        return response

    return answered


def _prefix() -> str:
    return "__Host-sso-" if settings.HTTPS else "sso-"


def _kept(request: HttpRequest) -> list[str]:
    return [name for name in request.COOKIES if name.startswith(_prefix())]


def _digest(request_id: str) -> str:
    return sha256_of(request_id)[:16]


def _seal(request_id: str, pending: PendingSignIn) -> str:
    content = json.dumps([request_id, asdict(pending)], ensure_ascii=False).encode()
    sealed = encrypt(zlib.compress(content)).decode()
    return sealed if len(sealed) <= LONGEST else _seal(request_id, replace(pending, next="/"))


def _unseal(request_id: str, sealed: str) -> PendingSignIn | None:
    if not sealed.isascii() or not 0 < len(sealed) <= LONGEST:
        return None
    try:
        named, pending = json.loads(zlib.decompress(decrypt(sealed.encode())))
    except Unavailable:
        return None
    return PendingSignIn(**pending) if named == request_id else None
