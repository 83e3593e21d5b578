"""Second factors of the people of a test."""

import base64
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.test import Client
from django.utils import timezone

from accounts.models import Session, User
from accounts.models.sessions import SessionKind
from accounts.services.factors import begin_totp, confirm_totp
from accounts.services.sessions import start_session
from tests import cast


def enrol(user: User) -> tuple[bytes, list[str]]:
    """Give the user an authenticator app; return its secret, and the recovery codes.

    The code that confirmed it is from five minutes ago, so that those of now are unused.
    """
    session = start_session(user=user, kind=SessionKind.BROWSER)
    enrolment = begin_totp(user)
    secret = base64.b32decode(enrolment.key.replace(" ", ""))
    codes = confirm_totp(user=user, sealed=enrolment.sealed, code=code(secret), name="Phone", session=session)
    user.factors.update(last_step=0)
    Session.objects.filter(pk=session.pk).delete()
    user.refresh_from_db()
    return secret, codes


def code(secret: bytes, *, steps: int = 0) -> str:
    return code_at(secret, timezone.now() + timedelta(seconds=30 * steps))


def code_at(secret: bytes, at: datetime) -> str:
    return TOTP(secret, 6, SHA1(), 30).generate(int(at.timestamp())).decode()  # noqa: S303  as RFC 6238 has it


def show_password(user: User, **more: str) -> Client:
    """Return a browser that has come to the second step."""
    browser = Client()
    answer = browser.post("/login", {"email": user.email, "password": cast.PASSWORD, **more})
    assert answer["Location"].startswith("/login/second"), answer
    return browser


def second_step(browser: Client, typed: str, **more: str) -> Any:
    return browser.post("/login/second", {"code": typed, **more})


def secret_in(uri: str) -> bytes:
    return base64.b32decode(parse_qs(urlsplit(uri).query)["secret"][0])
