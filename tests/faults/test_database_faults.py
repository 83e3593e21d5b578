"""What answers while PostgreSQL is away, silent, locked, read-only or restarted, asked of a real server."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event

import pytest
import requests

from tests.faults.databases import PostgreSQL
from tests.faults.served import Served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FOR_PEOPLE = ["/login", "/admin/", "/account", "/"]
FOR_PROGRAMS = ["/api/v1/users", "/auth/realms/runai/protocol/openid-connect/certs"]
# To connect, a statement, what is granted the server to answer, and a machine that is busy.
LONGEST = 12


@pytest.fixture(scope="module")
def database(postgresql: PostgreSQL) -> PostgreSQL:
    return postgresql


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, database: PostgreSQL) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("served"), database)
    yield served
    served.stop()


@pytest.fixture(autouse=True)
def recovered(served: Served) -> None:
    """Each thread finds out for itself that a test before ended its connection, and answers 503 once."""
    deadline = time.monotonic() + 30
    with ThreadPoolExecutor(16) as clients:
        while not all(answer.ok for answer in clients.map(lambda _: served.review(), range(32))):
            assert time.monotonic() < deadline


def everything(served: Served) -> list[Callable[[], requests.Response]]:
    """What reads: pages with the cookie of somebody, and endpoints."""
    pages = [lambda path=path: served.browser.get(f"{served.start.url}{path}", timeout=20) for path in FOR_PEOPLE]
    programs = [lambda path=path: served.ask("GET", path, headers=served.bearer) for path in FOR_PROGRAMS]
    return [*pages, *programs, served.robos_token, served.review]


def is_a_refusal(answer: requests.Response) -> bool:
    """503 with Retry-After, in JSON for programs and as a page for people."""
    assert answer.status_code == 503, (answer.url, answer.text[:200])
    for_people = not any(part in answer.url for part in ("/api/", "/auth/"))
    body = "<h1>" in answer.text if for_people else answer.json()["details"] == "database_unavailable"
    return body and int(answer.headers["Retry-After"]) > 0


def test_reads_go_on_while_the_database_takes_no_writes(served: Served, database: PostgreSQL) -> None:
    served.forget_uses(database)
    with database.read_only():
        read = [served.review(), served.robos_token(), served.account()]
        written = served.ask("POST", "/api/v1/users", json={"email": "rosa@example.com"}, headers=served.bearer)
        time.sleep(5)  # a write is tried once in so long
        ready, for_reads = served.ask("GET", "/readyz"), served.ask("GET", "/readyz?for=reads")

    assert [answer.status_code for answer in read] == [200, 200, 200]
    assert read[0].json()["status"]["authenticated"]
    assert is_a_refusal(written)
    assert (ready.status_code, ready.json()["reason"]) == (503, "the database takes no writes")
    assert for_reads.status_code == 200


def test_a_lock_on_what_is_only_noted_keeps_nobody_waiting(served: Served, database: PostgreSQL) -> None:
    served.forget_uses(database)
    tables = "clustersync_clustercredential, tokens_application, accounts_session"
    with database.holding(f"LOCK TABLE {tables} IN SHARE MODE"):
        began = time.monotonic()
        answers = [served.review(), served.robos_token()]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert time.monotonic() - began < 1


def test_a_locked_table_is_waited_for_a_second(served: Served, database: PostgreSQL) -> None:
    with database.holding("LOCK TABLE accounts_user IN ACCESS EXCLUSIVE MODE"):
        began = time.monotonic()
        answer = served.ask("GET", "/api/v1/users", headers=served.bearer)

    assert is_a_refusal(answer) and 1 <= time.monotonic() - began < 3
    assert served.ask("GET", "/api/v1/users", headers=served.bearer).status_code == 200


def test_a_silent_database_holds_nobody_for_ever_and_the_process_is_known_to_live(
    served: Served, database: PostgreSQL
) -> None:
    with database.silent(), ThreadPoolExecutor(16) as clients:
        asked = [clients.submit(ask) for ask in everything(served) * 2]
        time.sleep(1)  # every thread of the server waits now
        began = time.monotonic()
        assert served.ask("GET", "/healthz").status_code == 200
        assert time.monotonic() - began < 1
        assert all(is_a_refusal(answer.result(LONGEST)) for answer in asked)

    assert _seconds_until_it_works(served) < 10


def test_everything_is_refused_politely_while_the_database_is_stopped(served: Served, database: PostgreSQL) -> None:
    lines = len(served.log())
    database.stop()
    try:
        answers = [ask() for ask in everything(served)]
        ready = served.ask("GET", "/readyz").status_code
    finally:
        database.start()
    said = [line for line in served.log()[lines:] if line["logger"] == "request" and line["status"] == 503]

    assert all(is_a_refusal(answer) for answer in answers)
    assert ready == 503 and served.ask("GET", "/healthz").status_code == 200
    assert len([line for line in said if "the database: " in line["message"]]) == len(answers)
    assert not any("exception" in line for line in served.log()[lines:])
    assert _seconds_until_it_works(served) < 10


def _seconds_until_it_works(served: Served) -> float:
    began = time.monotonic()
    while served.robos_token().status_code != 200 or served.ask("GET", "/readyz").status_code != 200:
        assert time.monotonic() - began < 30
        time.sleep(0.1)
    return time.monotonic() - began


def test_a_restart_under_load_loses_nothing_that_was_acknowledged(served: Served, database: PostgreSQL) -> None:
    """What could not be done was refused with a clear 503."""
    over = Event()
    with ThreadPoolExecutor(4) as clients:
        asked = [clients.submit(_make_users, served, client, over) for client in range(4)]
        time.sleep(0.5)
        database.stop()
        database.start()
        time.sleep(0.5)
        over.set()
        answers = {email: status for each in asked for email, status in each.result().items()}
    made = {email for email, status in answers.items() if status == 201}

    assert set(answers.values()) == {201, 503}
    assert made <= set(database.column("SELECT email FROM accounts_user"))


def _make_users(served: Served, client: int, over: Event) -> dict[str, int]:
    answers: dict[str, int] = {}
    for number in count():
        if over.wait(0.02):
            break
        email = f"user-{client}-{number}@example.com"
        answer = served.ask("POST", "/api/v1/users", json={"email": email}, headers=served.bearer)
        answers[email] = answer.status_code
    return answers
