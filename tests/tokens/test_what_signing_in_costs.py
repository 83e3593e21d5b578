"""How many statements and commits signing in by password takes, and a refresh; and that nobody waits for passwords."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import hashing
from accounts.hashing import Turn, place_to_hash
from accounts.models import Group, Session, SignInTries, User
from audit.models import Event
from clustersync.models import Cluster
from common.errors import TooMany
from tests import cast
from tests.keys import plant_keys
from tests.tokens.asking import ask, by_password, post_form
from tokens import keyring
from tokens.models import Application
from tokens.services import keys
from tokens.services.clients import ensure_built_in_clients

ENDS = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE")
WRITTEN: list[Any] = [SignInTries, User, Session, Event]
WRITES = re.compile(r"INSERT|UPDATE|DELETE|SELECT .* FOR ")


@pytest.fixture
def signer(bob: User, researchers: Group, monkeypatch: pytest.MonkeyPatch) -> User:
    plant_keys()
    ensure_built_in_clients()
    monkeypatch.setattr(keyring, "STALE_AFTER", 3600)
    monkeypatch.setattr(keys, "LOOK_EVERY", 3600.0)
    by_password(bob)
    return bob


def cost(request: Callable[[], Any]) -> tuple[int, int]:
    """Statements, and commits: of each transaction, and of each statement outside of one that writes."""
    with CaptureQueriesContext(connection) as asked:
        answer = request()
    assert answer.status_code == 200, answer.content
    statements, commits, inside = 0, 0, False
    for query in asked.captured_queries:
        sql = query["sql"].strip()
        if ENDS.match(sql):
            inside = sql.startswith("BEGIN") or (inside and not sql.startswith("COMMIT"))
            commits += sql.startswith("COMMIT")
            continue
        statements += 1
        commits += bool(WRITES.match(sql)) and not inside
    return statements, commits


@pytest.mark.django_db(transaction=True)
def test_client_credentials_take_one_statement(signer: User, robo: Application) -> None:
    form = {"grant_type": "client_credentials", "client_id": "robo", "client_secret": cast.ROBO_SECRET}

    def at_the_token_api() -> Any:
        return ask(grantType="client_credentials", clientID="robo", clientSecret=cast.ROBO_SECRET)

    at_the_token_api()
    assert cost(at_the_token_api) == (1, 0)
    assert cost(lambda: post_form("token", **form)) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_password_takes_nine_statements_and_two_commits(signer: User) -> None:
    def ask_again() -> Any:
        return ask(grantType="password", username=signer.email, password=cast.PASSWORD)

    assert cost(ask_again) <= (9, 2)


@pytest.mark.django_db(transaction=True)
def test_a_refresh_takes_six_statements_and_one_commit(signer: User) -> None:
    token = by_password(signer)["refreshToken"]
    statements, commits = cost(lambda: ask(grantType="refresh_token", refreshToken=token))

    assert (statements <= 6, commits) == (True, 1)


@pytest.mark.django_db(transaction=True)
def test_a_refresh_for_a_cluster_takes_no_more(signer: User, prod: Cluster) -> None:
    token = by_password(signer)["refreshToken"]
    asked = {"grantType": "refresh_token", "refreshToken": token, "audience": prod.audience}

    assert cost(lambda: ask(**asked)) <= (6, 1)


@pytest.fixture
def slow_hashes() -> Iterator[threading.Event]:
    """As many passwords as have a place are looked at, until the event is set."""
    done, begun = threading.Event(), threading.Barrier(hashing.AT_ONCE + 1)

    def hash_slowly() -> None:
        with place_to_hash():
            begun.wait()
            done.wait(10)

    threads = [threading.Thread(target=hash_slowly) for _ in range(hashing.AT_ONCE)]
    for thread in threads:
        thread.start()
    begun.wait()
    yield done
    done.set()
    for thread in threads:
        thread.join()


def try_to_hash(outcomes: list[str]) -> None:
    try:
        with place_to_hash():
            outcomes.append("hashed")
    except TooMany as refusal:
        outcomes.append(f"come back after {refusal.retry_after} s")


def test_who_finds_the_queue_full_is_asked_to_come_back(slow_hashes: threading.Event) -> None:
    outcomes: list[str] = []
    waiting = [threading.Thread(target=try_to_hash, args=[outcomes]) for _ in range(hashing.WAITING)]
    for thread in waiting:
        thread.start()
    while hashing._queue._value:
        time.sleep(0.01)

    try_to_hash(outcomes)
    slow_hashes.set()
    for thread in waiting:
        thread.join()

    assert outcomes == ["come back after 1 s", *["hashed"] * hashing.WAITING]


def test_nobody_waits_for_long(slow_hashes: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "LONGEST_WAIT", 0.5)
    began = time.monotonic()

    with pytest.raises(TooMany), place_to_hash():
        pass

    assert 0.4 < time.monotonic() - began < 2.5
    slow_hashes.set()
    with place_to_hash():
        """The places are free again."""


def test_who_waited_in_the_server_does_not_wait_again() -> None:
    with pytest.raises(TooMany), hashing.in_queue(Turn.REFUSED), place_to_hash():
        pass

    with place_to_hash():
        """The next request of this thread finds the places as they are."""


def sign_in_at(path: str, signer: User) -> Any:
    if path == "/login":
        return Client().post(path, {"email": signer.email, "password": cast.PASSWORD})
    if path == "/api/v1/token":
        return ask(grantType="password", username=signer.email, password=cast.PASSWORD)
    form = f"grant_type=password&username={signer.email}&password={cast.PASSWORD}"
    return Client().post(path, form, content_type="application/x-www-form-urlencoded")


PATHS = pytest.mark.parametrize("path", ["/api/v1/token", "/api/v2/token", "/login"])


@PATHS
def test_a_busy_process_says_so_and_counts_no_try(signer: User, path: str, slow_hashes: threading.Event) -> None:
    before = list(SignInTries.objects.values())
    answer = sign_in_at(path, signer)

    assert (answer.status_code, answer.headers.get("Retry-After", "")) == (429, "1")
    assert list(SignInTries.objects.values()) == before


@PATHS
def test_a_request_that_is_begun_anew_has_written_nothing(signer: User, path: str) -> None:
    before = [list(model.objects.order_by("pk").values()) for model in WRITTEN]
    with pytest.raises(hashing.NeedsTurn), hashing.in_queue(Turn.NOT_ASKED):
        sign_in_at(path, signer)

    assert [list(model.objects.order_by("pk").values()) for model in WRITTEN] == before
    assert sign_in_at(path, signer).status_code in (200, 302)


def test_so_has_the_change_of_a_password(signer: User) -> None:
    browser = Client()
    browser.post("/login", {"email": signer.email, "password": cast.PASSWORD})
    before = [list(model.objects.order_by("pk").values()) for model in WRITTEN]
    new = {"current": cast.PASSWORD, "new": "Another-Horse-77", "again": "Another-Horse-77"}
    with pytest.raises(hashing.NeedsTurn), hashing.in_queue(Turn.NOT_ASKED):
        browser.post("/password", new)

    assert [list(model.objects.order_by("pk").values()) for model in WRITTEN] == before
