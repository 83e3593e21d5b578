"""Mail is handed to real servers: encrypted or not, asking for a password or not, refusing, silent, and gone."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.core.mail import BadHeaderError
from django.db import transaction
from pytest_django import Settings

from accounts.models import GeneralSettings
from accounts.services.mail import send_test_mail
from accounts.services.mail_texts import MailText, message
from common import smtp
from common.connections import InTransaction
from common.encryption import encrypt
from common.errors import Invalid
from common.smtp import Undelivered
from tests.common.test_outbound_tls import NAME
from tests.mail.server import PASSWORD, USER, Mailbox, serving, use
from tests.ports import free_port

pytestmark = pytest.mark.django_db
TO = "ada@example.com"


def refused() -> str:
    with pytest.raises(Undelivered) as refusal:
        send_test_mail(to=TO)
    return refusal.value.reason


def test_it_sends_what_a_mail_program_can_read(mailbox: Mailbox) -> None:
    send_test_mail(to=TO)

    (got,) = mailbox.got
    assert (got["To"], got["From"], got["Subject"]) == (
        TO,
        "runai <identity@example.com>",
        "[runai] Test of the mail server",
    )
    assert got["Auto-Submitted"] == "auto-generated"
    assert "This mail arrived" in mailbox.text() and "http://testserver" in mailbox.text()


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_it_encrypts_and_shows_the_password(trusted: Path, security: str) -> None:
    with serving(security, certificate=trusted, asks=security == "starttls") as box:
        row = {"mail_username": USER, "mail_password_encrypted": encrypt(PASSWORD.encode())}
        use(NAME, GeneralSettings.current().mail_port, security, **(row if security == "starttls" else {}))
        send_test_mail(to=TO)

    assert box.was_encrypted == [True]


def test_a_wrong_password_is_said_to_be_wrong(trusted: Path) -> None:
    with serving("starttls", certificate=trusted, asks=True):
        row = {"mail_username": USER, "mail_password_encrypted": encrypt(b"wrong")}
        use(NAME, GeneralSettings.current().mail_port, "starttls", **row)
        said = refused()

    assert said.startswith(f"{NAME} refused the user name or the password: 535") and "wrong" not in said


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_vouches_for_is_refused(trusted: Path, security: str, settings: Settings) -> None:
    settings.OUTBOUND_CA = ""
    with serving(security, certificate=trusted) as box:
        use(NAME, GeneralSettings.current().mail_port, security)
        assert "is not trusted" in refused()

    assert box.got == []


@pytest.mark.parametrize(
    ("security", "reason"), [("starttls", "offers no STARTTLS on port"), ("tls", "speaks no TLS on port")]
)
def test_a_server_without_tls_is_given_nothing(mailbox: Mailbox, security: str, reason: str) -> None:
    use("127.0.0.1", GeneralSettings.current().mail_port, security)

    assert reason in refused() and mailbox.got == []


@pytest.mark.parametrize(
    ("security", "reason"),
    [("starttls", "list its network in OUTBOUND_PRIVATE_NETWORKS"), ("none", "has to be spoken to by TLS")],
)
def test_a_private_network_has_to_be_listed(mailbox: Mailbox, settings: Settings, security: str, reason: str) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = ()
    use("127.0.0.1", GeneralSettings.current().mail_port, security)

    assert reason in refused() and mailbox.got == []


@pytest.mark.parametrize("answer", ["550 No such user", "450 Try again"])
def test_a_refused_address_is_said_with_the_servers_words(mailbox: Mailbox, answer: str) -> None:
    mailbox.refuses = answer

    assert refused() == f"127.0.0.1 takes no mail for this address: {answer}"


def say_nothing(one: socket.socket) -> None:
    time.sleep(10)


def drip(one: socket.socket) -> None:
    for _ in range(200):
        one.sendall(b"2")
        time.sleep(0.05)


def never_end(one: socket.socket) -> None:
    for _ in range(100_000):
        one.sendall(b"220-and so on\r\n" * 100)


@pytest.fixture
def badly(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[socket.socket], None]], None]]:
    """Serve the next connection in this way."""
    monkeypatch.setattr(smtp, "SECONDS", 0.6)
    with ExitStack() as stack:

        def serve(behave: Callable[[socket.socket], None]) -> None:
            listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            use("127.0.0.1", listening.getsockname()[1])

            def answer() -> None:
                try:
                    with listening.accept()[0] as one:
                        behave(one)
                except OSError:
                    pass  # the client left

            threading.Thread(target=answer, daemon=True).start()

        yield serve


@pytest.mark.parametrize(
    ("behave", "reason"),
    [(say_nothing, "did not answer"), (drip, "did not answer"), (never_end, "closed the connection")],
    ids=["silent", "dripping", "endless"],
)
def test_no_server_holds_us_longer(badly: Callable[..., None], behave: Callable[..., None], reason: str) -> None:
    badly(behave)
    began = time.monotonic()

    assert reason in refused()
    assert time.monotonic() - began < 5


def test_silence_may_be_tls_from_the_beginning(badly: Callable[..., None]) -> None:
    """A server on port 465 waits for the client to begin; asked by TLS, a silent server is only silent."""
    hint = "If TLS begins at once there, choose that encryption."
    badly(say_nothing)
    assert hint in refused()

    badly(say_nothing)
    GeneralSettings.objects.update(mail_security="tls")
    assert hint not in refused()


def test_nothing_there_and_no_such_host_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    use("127.0.0.1", free_port())
    assert "Nothing answers on port" in refused()

    use("no-such-host.invalid", 25)
    assert refused() == "There is no host no-such-host.invalid."


def test_without_a_server_it_says_what_to_do() -> None:
    with pytest.raises(Invalid, match="No mail server is set"):
        send_test_mail(to=TO)


def test_nobody_waits_for_it_inside_a_transaction(mailbox: Mailbox) -> None:
    with transaction.atomic(), pytest.raises(InTransaction):
        send_test_mail(to=TO)


@pytest.mark.parametrize("injected", ["Hello\nBcc: all@example.com", "Hello\r\n\r\nbody"])
def test_no_line_break_gets_into_a_header(mailbox: Mailbox, injected: str) -> None:
    for mail in (
        message(GeneralSettings.current(), TO, MailText(injected, "text")),
        message(GeneralSettings.current(), f"ada@example.com\n{injected}", MailText("Hello", "text")),
    ):
        with pytest.raises(BadHeaderError):
            mail.message()
