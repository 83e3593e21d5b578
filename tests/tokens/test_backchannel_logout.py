"""What a client is told when a session ends is sent once, again when it failed, and not for ever."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
import time_machine
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Session, User
from accounts.services.sessions import revoke_session
from audit.models import Event
from common.outbox import PAUSES
from tests.tokens.asking import authorize, code_in, make_shop, redeem, signed_in
from tokens.models import Application, LogoutNotice
from tokens.services.backchannel import deliver_due
from tokens.services.consents import remember

URI = "https://shop.example.com/backchannel"


class Answers:
    """In the place of the client's server."""

    def __init__(self) -> None:
        self.status: int | Exception = 200
        self.sent: list[dict[str, Any]] = []

    def __call__(self, session: object, url: str, **asked: Any) -> requests.Response:
        self.sent.append({"url": url, **asked})
        if isinstance(self.status, Exception):
            raise self.status
        answer = requests.Response()
        answer.status_code = self.status
        return answer


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    instead = Answers()
    monkeypatch.setattr(requests.Session, "post", lambda self, url, **asked: instead(self, url, **asked))
    return instead


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(timezone.now(), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(bob: User) -> Application:
    shop = make_shop(backchannel_logout_uri=URI)
    remember(user=bob, application=shop, scopes=shop.scopes)
    return shop


@pytest.fixture
def session(bob: User, shop: Application, clock: time_machine.Traveller) -> Session:
    """Bob's browser, from which he is signed in to the shop."""
    browser: Client = signed_in(bob)
    assert redeem(code_in(authorize(browser))).status_code == 200
    return bob.sessions.get()


def end(session: Session) -> None:
    revoke_session(actor=session.user, session=session, because="signed out")


def test_it_tells_the_client_and_forgets_the_notice(session: Session, answers: Answers) -> None:
    end(session)

    assert deliver_due() == 1
    assert (answers.sent[0]["url"], answers.sent[0]["allow_redirects"]) == (URI, False)
    assert not LogoutNotice.objects.exists()


def test_it_writes_nothing_for_a_client_without_an_address(session: Session) -> None:
    Application.objects.update(backchannel_logout_uri="")

    end(session)

    assert not LogoutNotice.objects.exists()


@pytest.mark.parametrize("status", [500, 302, 400, requests.ConnectionError(), requests.Timeout(), ValueError()])
def test_it_tries_again_later(
    session: Session, answers: Answers, clock: time_machine.Traveller, status: int | Exception
) -> None:
    answers.status = status
    end(session)
    at_once = [deliver_due(), deliver_due()]
    answers.status = 204
    clock.shift(PAUSES[0])

    assert (at_once, deliver_due(), len(answers.sent)) == ([0, 0], 1, 2)


def test_it_gives_up_and_says_so(session: Session, answers: Answers, clock: time_machine.Traveller) -> None:
    answers.status = 503
    end(session)

    for pause in PAUSES:
        deliver_due()
        clock.shift(pause)

    event = Event.objects.get(action="logout:undelivered")
    assert (len(answers.sent), LogoutNotice.objects.exists(), event.reason) == (len(PAUSES), False, "HTTP 503")


def test_two_replicas_tell_once(session: Session, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    end(session)
    notice = LogoutNotice.objects.get()
    LogoutNotice.objects.update(next_try_at=timezone.now() + timedelta(seconds=30), tries=1)
    monkeypatch.setattr(LogoutNotice.objects, "select_related", lambda *names: Late(notice))

    assert (deliver_due(), answers.sent) == (0, [])


class Late:
    """What another replica saw a moment before."""

    def __init__(self, notice: LogoutNotice) -> None:
        self.notice = notice

    def filter(self, **conditions: object) -> "Late":
        return self

    def order_by(self, *fields: str) -> list[LogoutNotice]:
        return [self.notice]


def test_it_says_in_the_trail_what_was_refused(
    session: Session, settings: Settings, clock: time_machine.Traveller
) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    Application.objects.update(backchannel_logout_uri="https://127.0.0.1:1/x")
    end(session)

    for pause in PAUSES:
        deliver_due()
        clock.shift(pause)

    assert Event.objects.get(action="logout:undelivered").reason == "address_not_allowed"


@pytest.mark.parametrize("uri", ["https://127.0.0.1:1/x", "https://169.254.169.254/x", "http://10.0.0.1/x"])
def test_it_reaches_into_no_network_of_ours(session: Session, settings: Settings, uri: str) -> None:
    settings.OUTBOUND_PRIVATE_NETWORKS = []
    Application.objects.update(backchannel_logout_uri=uri)
    end(session)

    assert deliver_due() == 0
    assert LogoutNotice.objects.get().tries == 1
