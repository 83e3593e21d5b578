"""The one door to the mail server: Django's SMTP backend, over connections that lead only where we may go.

As everywhere, addresses in private networks have to be listed in OUTBOUND_PRIVATE_NETWORKS, and what isn't encrypted
goes to those alone. One mail takes no longer than SECONDS, whatever the server does.
"""

import io
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from common.calls import Call, recorded
from common.connections import (
    DeadlineReader,
    NotAllowed,
    connect,
    is_allowed,
    is_listed,
    own_authorities,
    refuse_in_transaction,
    seconds_left,
)
from common.visible import is_visible
from common.wording import Wording

SECONDS = 15
MOST_SAID = 64 * 1024  # bytes of a server's replies
_QUERY = re.compile(r"\?\S+")


@dataclass(frozen=True)
class MailServer:
    """`starttls` and `tls` say how it is encrypted: one of them, or none."""

    host: str
    port: int
    starttls: bool = False
    tls: bool = False
    username: str = ""
    password: str = field(default="", repr=False)

    @property
    def encrypted(self) -> bool:
        return self.starttls or self.tls


class Undelivered(Exception):
    """The server did not take a mail: `reason` is for an administrator, `for_good` says that another try is useless.

    `of_the_mail` is False where the server would have taken no other mail either.
    """

    def __init__(self, reason: str, *, of_the_mail: bool = False, for_good: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.of_the_mail, self.for_good = reason, of_the_mail, for_good


def deliver(server: MailServer, message: EmailMessage) -> None:
    """Hand a mail to the server; Undelivered if it does not take it in time."""
    with _talking_to(server) as backend:
        backend.send_messages([message])


def try_server(server: MailServer) -> None:
    """Connect, encrypt and sign in as for a mail, and send none; Undelivered if the server does not let us."""
    with _talking_to(server) as backend:
        backend.open()


@contextmanager
def _talking_to(server: MailServer) -> Iterator["_Backend"]:
    refuse_in_transaction()
    backend = _Backend(
        host=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.starttls,
        use_ssl=server.tls,
        timeout=SECONDS,
    )
    try:
        with recorded(Call("SMTP", server.host, server.port)):
            yield backend
    except (OSError, ValueError, NotAllowed) as error:  # smtplib's own are OSErrors
        raise _undelivered(error, server) from None
    finally:
        backend.close()  # also what was opened by half


class _SMTP(smtplib.SMTP):
    """All of a conversation ends by one time, and the name that we greet with is our own."""

    is_open: Callable[[Any], bool] = staticmethod(is_allowed)

    @cached_property
    def _ends_at(self) -> float:
        return time.monotonic() + SECONDS

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return connect(host, port, self.is_open, ends_at=self._ends_at)

    def ehlo(self, name: str = "") -> tuple[int, bytes]:
        return super().ehlo(name or urlsplit(settings.PUBLIC_URL).hostname or "localhost")

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds_left(self._ends_at))
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = io.BufferedReader(_Replies(self.sock, ends_at=self._ends_at))
        return super().getreply()


class _Replies(DeadlineReader):
    _received = 0

    def readinto(self, buffer: Any) -> int | None:
        read = super().readinto(buffer)
        self._received += read or 0
        if self._received > MOST_SAID:
            raise smtplib.SMTPServerDisconnected("it says too much")
        return read


class _PlainSMTP(_SMTP):
    is_open = staticmethod(is_listed)


class _EncryptedSMTP(smtplib.SMTP_SSL, _SMTP):
    """Its own socket is that of `_SMTP`, which comes next, with TLS around it."""


class _Backend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        if self.use_ssl:
            return _EncryptedSMTP
        return _SMTP if self.use_tls else _PlainSMTP

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if ours := own_authorities():
            context.load_verify_locations(cadata=ours)
        return context

    def _close_connection(self, connection: smtplib.SMTP) -> None:
        """Close the connection. The mail was accepted, even if the server does not answer QUIT."""
        try:
            connection.quit()
        except OSError:
            connection.close()


def _undelivered(error: Exception, server: MailServer) -> Undelivered:
    host = server.host
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        reason = Wording("{host} takes no mail for this address: {said}", host=host, said=_said(code, text))
        return Undelivered(reason, of_the_mail=True, for_good=code >= 500)
    if not isinstance(error, smtplib.SMTPResponseException):
        return Undelivered(_why(error, server))
    said = _said(error.smtp_code, error.smtp_error)
    if isinstance(error, smtplib.SMTPDataError):
        return Undelivered(
            Wording("{host} refused the mail: {said}", host=host, said=said),
            of_the_mail=True,
            for_good=error.smtp_code >= 500,
        )
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Undelivered(Wording("{host} refused the user name or the password: {said}", host=host, said=said))
    if isinstance(error, smtplib.SMTPSenderRefused):
        return Undelivered(
            Wording("{host} does not take mail from {sender}: {said}", host=host, sender=error.sender, said=said)
        )
    return Undelivered(Wording("{host} refused: {said}", host=host, said=said))


def _why(error: Exception, server: MailServer) -> str:
    host, port = server.host, server.port
    if isinstance(error, NotAllowed):
        if server.encrypted:
            return Wording(
                "{host} is in a private network. If it is meant, list its network in OUTBOUND_PRIVATE_NETWORKS.",
                host=host,
            )
        return Wording(
            "{host} has to be spoken to by TLS: choose STARTTLS or TLS. If it is in a private network and has none, "
            "list its network in OUTBOUND_PRIVATE_NETWORKS and restart the service.",
            host=host,
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        wanted = Wording("sign-in") if "AUTH" in str(error) else "STARTTLS"
        return Wording(
            "{host} offers no {wanted} on port {port}. Choose another encryption or port.",
            host=host,
            wanted=wanted,
            port=port,
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return Wording(
            "The certificate of {host} is not trusted: {why}. See OUTBOUND_CA_FILE.",
            host=host,
            why=error.verify_message,
        )
    if isinstance(error, ssl.SSLError):
        return Wording("{host} speaks no TLS on port {port}. Choose another encryption or port.", host=host, port=port)
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return _silent(server)
    if isinstance(error, socket.gaierror):
        return Wording("There is no host {host}.", host=host)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Wording("{host} closed the connection on port {port}.", host=host, port=port)
    if isinstance(error, ConnectionRefusedError):
        return Wording("Nothing answers on port {port} of {host}.", port=port, host=host)
    return Wording("The connection to port {port} of {host} failed.", port=port, host=host)


def _silent(server: MailServer) -> Wording:
    """Say that nothing came. Where TLS begins at once, a server waits for us to begin it."""
    if server.tls:
        return Wording("{host} did not answer on port {port} in time.", host=server.host, port=server.port)
    return Wording(
        "{host} did not answer on port {port} in time. If TLS begins at once there, choose that encryption.",
        host=server.host,
        port=server.port,
    )


def _said(code: int, said: bytes | str) -> str:
    """Return an answer in one line, without the query of any address: servers quote the links that they refuse."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    line = "".join(one if is_visible(one) else " " for one in text)
    return f"{code} {_QUERY.sub('?…', line)}"[:200]
