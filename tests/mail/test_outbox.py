"""Mails wait in the outbox: the act goes on, and what the server did not take is tried again, so often and no more."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import Mail, MailKind, MailState, User
from accounts.services import mail as outbox
from accounts.services import recovery
from accounts.services.invitations import invite_user
from accounts.services.mail import deliver_due, deliver_soon, queue_mail
from accounts.services.passwords import reset_password
from accounts.services.pruning import DELETING
from accounts.services.recovery import ask_for_recovery
from audit.models import Event
from common.actors import SYSTEM
from common.errors import TooMany
from common.outbox import PAUSES
from common.pruning import work_off
from runai_identity import housekeeping
from tests.conftest import BrowserAs
from tests.mail.server import Mailbox, serving, use
from tests.ports import free_port

pytestmark = pytest.mark.django_db


def queued(user: User) -> Mail:
    queue_mail(MailKind.PASSWORD_RESET, to=user.email, user=user, at=timezone.now().isoformat())
    return Mail.objects.latest("created_at")


def due_again(mail: Mail) -> None:
    Mail.objects.filter(pk=mail.pk).update(next_try_at=timezone.now())


def test_it_is_sent_once(mailbox: Mailbox, bob: User) -> None:
    mail = queued(bob)

    assert (deliver_due(), deliver_due()) == (1, 0)

    mail.refresh_from_db()
    assert (mail.state, mail.next_try_at, mail.facts) == (MailState.SENT, None, {})
    assert [one["Message-ID"] for one in mailbox.got] == [f"<{mail.pk}@testserver>"]


def test_without_a_server_nothing_is_written_down(bob: User) -> None:
    assert not queue_mail(MailKind.PASSWORD_RESET, to=bob.email, user=bob)
    assert not Mail.objects.exists()


def test_what_is_rolled_back_sends_nothing(mailbox: Mailbox, bob: User) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        queued(bob)
        raise RuntimeError

    assert deliver_due() == 0 and mailbox.got == []


def test_the_act_goes_on_while_the_server_is_away(bob: User, ada: User) -> None:
    use("127.0.0.1", free_port())

    reset_password(actor=ada, user=bob)
    deliver_due()

    mail = Mail.objects.get()
    assert (mail.state, mail.tries) == (MailState.WAITING, 1) and "Nothing answers" in mail.failure
    assert mail.next_try_at and mail.next_try_at > timezone.now() + PAUSES[0] - timedelta(seconds=5)


def test_the_server_is_asked_once_when_it_does_not_talk(bob: User) -> None:
    use("127.0.0.1", free_port())
    mails = [queued(bob) for _ in range(3)]

    assert deliver_due() == 0

    assert sorted(Mail.objects.filter(pk__in=[one.pk for one in mails]).values_list("tries", flat=True)) == [0, 0, 1]


def test_it_gives_up_after_the_last_try_and_says_so(bob: User) -> None:
    use("127.0.0.1", free_port())
    mail = queued(bob)
    for _ in PAUSES:
        due_again(mail)
        deliver_due()

    mail.refresh_from_db()
    assert (mail.state, mail.next_try_at, mail.tries) == (MailState.FAILED, None, len(PAUSES))
    event = Event.objects.get(action="mail:undelivered")
    assert event.entity_name == bob.email and "Nothing answers" in event.reason


@pytest.mark.parametrize(("answer", "state"), [("550 No such user", "failed"), ("450 Later", "waiting")])
def test_one_that_is_refused_for_good_is_not_tried_again(mailbox: Mailbox, bob: User, answer: str, state: str) -> None:
    mailbox.refuses, mail = answer, queued(bob)

    deliver_due()

    mail.refresh_from_db()
    assert (mail.state, answer in mail.failure) == (state, True)


def test_one_refused_address_keeps_no_other_waiting(mailbox: Mailbox, bob: User, alice: User) -> None:
    mailbox.refuses = "550 No such user"
    first, second = queued(bob), queued(alice)

    assert deliver_due() == 2
    assert {*Mail.objects.filter(pk__in=[first.pk, second.pk]).values_list("state", flat=True)} == {"failed"}


def test_a_link_is_not_sent_when_it_is_too_late_for_it(mailbox: Mailbox, bob: User) -> None:
    queue_mail(MailKind.RECOVERY, to=bob.email)
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=31))

    deliver_due()

    assert mailbox.got == [] and Mail.objects.get().state == MailState.FAILED


def test_what_a_stranger_typed_is_not_kept_when_it_is_too_late(mailbox: Mailbox) -> None:
    queue_mail(MailKind.RECOVERY, to="Correct-Horse-1")
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=31))

    deliver_due()

    assert Mail.objects.get().state == MailState.FAILED
    assert "Horse" not in repr(list(Event.objects.values_list())) + repr(list(Mail.objects.values_list()))


def test_those_that_failed_are_not_waiting(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "MOST_WAITING", 1)
    ask_for_recovery(email="one@example.com")
    with pytest.raises(TooMany):
        ask_for_recovery(email="two@example.com")
    Mail.objects.update(created_at=timezone.now() - timedelta(minutes=31))
    deliver_due()

    ask_for_recovery(email="two@example.com")

    assert set(Mail.objects.values_list("state", flat=True)) == {"failed", "waiting"}


def test_a_link_that_the_server_quotes_is_not_kept(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    invite_user(actor=SYSTEM, email="new@example.com", by_mail=True)

    async def refuse(server: Any, session: Any, envelope: Any) -> str:
        link = next(word for word in envelope.content.decode().split() if "link=" in word)
        return f"550 5.7.1 We like no {link} here"

    monkeypatch.setattr(mailbox, "handle_DATA", refuse)
    deliver_due()

    kept = repr(list(Event.objects.values_list())) + repr(list(Mail.objects.values_list()))
    assert "5.7.1 We like no http" in kept and " here" in kept and "link=" not in kept


def test_whoever_is_deleted_gets_none(mailbox: Mailbox, bob: User) -> None:
    queued(bob)
    bob.delete()

    assert deliver_due() == 0 and mailbox.got == []


def test_it_is_sent_after_the_commit_and_again_by_the_housekeeping(
    mailbox: Mailbox,
    bob: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    begun: list[Any] = []
    with django_capture_on_commit_callbacks() as callbacks:
        queued(bob)
    assert callbacks == [deliver_soon]

    monkeypatch.setattr(outbox, "deliver_soon", lambda: begun.append(1))
    assert housekeeping.send_mails() == housekeeping.MAIL_EVERY and begun == [1]
    Mail.objects.update(next_try_at=timezone.now() + timedelta(minutes=1))
    housekeeping.send_mails()
    assert begun == [1]


def test_old_ones_go(mailbox: Mailbox, bob: User, alice: User) -> None:
    old, new = queued(bob), queued(alice)
    Mail.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))

    work_off([chore for chore in DELETING if chore.name == "mails"])

    assert list(Mail.objects.all()) == [new]


@pytest.mark.django_db(transaction=True)
def test_a_request_does_not_wait_for_the_server(ada: User, bob: User, browser_as: BrowserAs) -> None:
    """For real: in a thread, after the commit."""
    with serving() as box:
        reset_password(actor=SYSTEM, user=bob)
        box.wait_for(1)

    assert box.got[0]["To"] == bob.email
