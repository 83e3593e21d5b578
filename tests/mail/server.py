"""A mail server of the tests: aiosmtpd, on a port of its own, and what it was given."""

import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from accounts.models import GeneralSettings
from tests.ports import free_port

USER, PASSWORD = "robot", "smtp-Secret-1"


class Mailbox:
    """What the server was given, newest last; `refuses` is its answer to recipients, in place of taking them."""

    def __init__(self) -> None:
        self.got: list[EmailMessage] = []
        self.refuses: str = ""
        self.envelopes: list[Any] = []
        self.was_encrypted: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.refuses:
            return self.refuses
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=policy.default))
        self.envelopes.append(envelope)
        self.was_encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 Message accepted"

    def subjects(self, subject: str) -> list[EmailMessage]:
        return [one for one in self.got if one["Subject"].strip() == f"[runai] {subject}"]

    def wait_for(self, number: int) -> None:
        ends_at = time.monotonic() + 10
        while len(self.got) < number and time.monotonic() < ends_at:
            time.sleep(0.02)
        assert len(self.got) >= number

    def text(self, number: int = -1) -> str:
        return str(self.got[number].get_content())

    def link(self, number: int = -1) -> str:
        """The one link to choose a password in a mail, without the origin."""
        (found,) = re.findall(r"http://\S+(/choose-password\?link=\S+)", self.text(number))
        return str(found)


def _authenticated(server: Any, session: Any, envelope: Any, mechanism: str, shown: Any) -> AuthResult:
    right = isinstance(shown, LoginPassword) and (shown.login, shown.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@contextmanager
def serving(security: str = "none", *, certificate: Path | None = None, asks: bool = False) -> Iterator[Mailbox]:
    """Serve, and set the server in Settings | Mail."""
    box, context = Mailbox(), None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
    asking: dict[str, Any] = (
        {"auth_required": True, "authenticator": _authenticated, "auth_require_tls": True} if asks else {}
    )
    starttls: dict[str, Any] = {"tls_context": context, "require_starttls": True} if security == "starttls" else {}
    tls: dict[str, Any] = {"ssl_context": context} if security == "tls" else {}
    controller = Controller(box, hostname="127.0.0.1", port=free_port(), **asking, **starttls, **tls)
    controller.start()
    try:
        use("127.0.0.1", controller.port, security)
        yield box
    finally:
        with suppress(Exception):
            controller.stop()


def use(host: str, port: int, security: str = "none", **more: object) -> None:
    given = {"mail_host": host, "mail_port": port, "mail_security": security, "mail_from": "identity@example.com"}
    GeneralSettings.objects.update_or_create(pk=1, defaults={**given, **more})
