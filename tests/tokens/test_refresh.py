from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from pytest_django import Settings

from accounts.models import Session, User
from accounts.services.sessions import revoke_session
from audit.models import Event
from tests.tokens.asking import by_password, by_refresh, call_api
from tokens.models import Grant
from tokens.services.issue import Issued, issue_to_person

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def successor(token: str) -> str:
    answer = by_refresh(token)
    assert answer.status_code == 200, answer.content
    return str(answer.json()["refreshToken"])  # type: ignore[attr-defined]


def refused(token: str, **more: object) -> bool:
    return by_refresh(token, **more).status_code == 400


def test_it_gives_new_tokens_and_another_refresh_token(alice: User) -> None:
    first = by_password(alice)["refreshToken"]

    answer = by_refresh(first).json()  # type: ignore[attr-defined]

    assert answer["refreshToken"] != first
    assert call_api(answer["accessToken"]).status_code == 200


def test_each_refresh_token_is_another(alice: User) -> None:
    tokens = [by_password(alice)["refreshToken"]]

    for _ in range(3):
        tokens.append(successor(tokens[-1]))

    assert len(set(tokens)) == 4


def test_nobody_computes_the_next_one_without_the_servers_key(alice: User, settings: Settings) -> None:
    token = by_password(alice)["refreshToken"]
    computed = successor(token)

    settings.SECRET_KEY = "another-" + "k" * 50

    assert successor(token) != computed


def test_it_keeps_only_hashes(alice: User) -> None:
    first = by_password(alice)["refreshToken"]
    second = successor(first)

    grant = Grant.objects.get()

    assert not {first, second, first.split(".")[1]} & {grant.current_hash, grant.previous_hash}
    assert len(grant.current_hash) == len(grant.previous_hash) == 64


def test_it_gives_the_same_answer_again_within_the_grace_window(alice: User, clock: time_machine.Traveller) -> None:
    first = by_password(alice)["refreshToken"]
    second = successor(first)

    clock.shift(10)

    assert successor(first) == second
    assert successor(second)


def test_it_ends_the_chain_and_the_session_when_a_token_is_used_again_later(
    alice: User, clock: time_machine.Traveller
) -> None:
    issued = by_password(alice)
    second = successor(issued["refreshToken"])

    clock.shift(11)

    assert refused(issued["refreshToken"])
    assert refused(second)
    assert call_api(issued["accessToken"]).status_code == 401
    assert Session.objects.get().revoked_because == "a refresh token was used twice"


def test_it_records_the_reuse(alice: User, clock: time_machine.Traveller) -> None:
    token = by_password(alice)["refreshToken"]
    successor(token)
    clock.shift(60)

    refused(token)
    refused(token)

    event = Event.objects.get(action="token:reuse")
    assert (event.result, event.subject) == ("Failed", alice.email)


def test_a_slow_request_does_not_turn_the_chain_back(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    token = by_password(alice)["refreshToken"]
    latest = []

    def overtaken(**asked: Any) -> Issued:
        monkeypatch.undo()
        latest.append(successor(successor(token)))
        return issue_to_person(**asked)

    monkeypatch.setattr("tokens.services.refresh.issue_to_person", overtaken)

    assert refused(token)
    assert successor(latest[0])


@pytest.mark.parametrize("uses", [0, 1])
def test_it_gives_nothing_to_who_was_signed_out_meanwhile(
    alice: User, monkeypatch: pytest.MonkeyPatch, uses: int
) -> None:
    token = by_password(alice)["refreshToken"]
    for _ in range(uses):
        successor(token)

    def overtaken(**asked: Any) -> Issued:
        issued = issue_to_person(**asked)
        revoke_session(actor=alice, session=alice.sessions.get(), because="signed out")
        return issued

    monkeypatch.setattr("tokens.services.refresh.issue_to_person", overtaken)

    assert refused(token)


def test_it_leaves_the_other_devices_alone(alice: User, clock: time_machine.Traveller) -> None:
    stolen, other = by_password(alice)["refreshToken"], by_password(alice)["refreshToken"]
    successor(stolen)
    clock.shift(60)
    refused(stolen)

    assert successor(other)


def test_it_belongs_to_the_client_it_was_given_to(alice: User) -> None:
    token = by_password(alice)["refreshToken"]

    assert refused(token, clientID="runai")
    assert successor(token)


@pytest.mark.parametrize(("idle", "allowed"), [(timedelta(hours=11, minutes=59), True), (timedelta(hours=12), False)])
def test_it_ends_when_it_is_not_used(
    alice: User, clock: time_machine.Traveller, idle: timedelta, allowed: bool
) -> None:
    token = by_password(alice)["refreshToken"]

    clock.shift(idle)

    assert refused(token) is not allowed


def test_no_use_takes_it_past_its_absolute_end(alice: User, clock: time_machine.Traveller) -> None:
    token = by_password(alice)["refreshToken"]

    for _ in range(14):
        clock.shift(timedelta(hours=11, minutes=50))
        token = successor(token)
    clock.shift(timedelta(hours=11))

    assert refused(token)


@pytest.mark.parametrize("token", ["", "x", ".", "a.b", "x" * 32 + ".y", "0" * 32 + ".y", "é.é", "\t"])
def test_it_refuses_what_is_no_refresh_token(db: None, token: str) -> None:
    assert refused(token)


def test_only_who_holds_the_current_token_is_told_why_it_is_over(alice: User) -> None:
    first = by_password(alice)["refreshToken"]
    second = successor(first)
    revoke_session(actor=alice, session=Session.objects.get(), because="ended by its owner")

    said = [by_refresh(token).json()["message"] for token in (second, first, f"{second}x")]  # type: ignore[attr-defined]

    assert said[0] == "You ended this session from another browser."
    assert set(said[1:]) == {"The refresh token is not valid, or no longer. Sign in again."}
