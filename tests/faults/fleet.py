"""Three replicas on one PostgreSQL behind HAProxy, the load that is put on them, and what is done to them meanwhile."""

import secrets
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import count, zip_longest
from pathlib import Path
from threading import Event

import requests

from runai_identity.local_secrets import encryption_key
from tests.deploy.proxies import haproxy, in_front
from tests.faults.served import EMAIL, PASSWORD, SHORT, Asked
from tests.faults.standby import WithStandby
from tests.ports import free_port
from tests.start.test_make_run import Start

NAMES = ("one", "two", "three")


@dataclass(frozen=True)
class Moment:
    """When a fault was there; in flight is what was asked before its end and answered after its beginning."""

    began: float
    ended: float


@dataclass(frozen=True)
class Request:
    made: str
    """The e-mail address of a user whom it asked to make, or nothing."""
    began: float
    ended: float
    status: int
    """0 where there was no answer."""
    retry_after: str

    @property
    def is_done(self) -> bool:
        return self.status in (200, 201)

    @property
    def is_clear_refusal(self) -> bool:
        return self.status == 503 and self.retry_after.isdigit()

    def was_in_flight(self, moments: list[Moment]) -> bool:
        return any(self.began <= moment.ended and self.ended >= moment.began for moment in moments)


@dataclass
class Outcome:
    """What became of what was asked while faults were injected."""

    requests: list[Request]
    faults: list[Moment]
    users: set[str] = field(default_factory=set)
    """Who is in the database afterwards."""

    @property
    def acknowledged(self) -> set[str]:
        return {request.made for request in self.requests if request.made and request.is_done}

    @property
    def lost(self) -> set[str]:
        return self.acknowledged - self.users

    @property
    def not_done(self) -> list[Request]:
        return [request for request in self.requests if not request.is_done]

    @property
    def refused(self) -> list[Request]:
        return [request for request in self.not_done if request.is_clear_refusal]

    @property
    def failures(self) -> list[Request]:
        return [request for request in self.not_done if not request.is_clear_refusal]

    @property
    def beyond_in_flight(self) -> list[Request]:
        return [request for request in self.failures if not request.was_in_flight(self.faults)]

    @property
    def seconds_to_recover(self) -> float:
        """The longest from a fault's end to the end of the last request that was not done, before the next fault."""
        late = [0.0]
        for fault, following in zip_longest(self.faults, self.faults[1:]):
            until = following.began if following else float("inf")
            late += [one.ended - fault.ended for one in self.not_done if fault.ended < one.ended < until]
        return max(late)


class Fleet(Asked):
    def __init__(self, replicas: list[Start], database: WithStandby, url: str, authority: Path) -> None:
        self.replicas, self.database = replicas, database
        self.clients = 0
        super().__init__(url, str(authority))

    def under_load(self, faults: Callable[[], Iterator[Moment]], *, clients: int = 4) -> Outcome:
        """Ask without a break while the faults come one after the other, and a second longer."""
        over = Event()
        with ThreadPoolExecutor(clients) as threads:
            self.clients += clients
            asked = [threads.submit(self._client, self.clients - number, over) for number in range(clients)]
            try:
                time.sleep(1)
                injected = list(faults())
                time.sleep(1)
            finally:
                over.set()
            outcome = Outcome([request for each in asked for request in each.result()], injected)
        outcome.users = set(self.database.column("SELECT email FROM accounts_user"))
        return outcome

    def _client(self, client: int, over: Event) -> list[Request]:
        done: list[Request] = []
        for number in count():
            if over.wait(0.01):
                return done
            email = f"user-{client}-{number}@example.com"
            done.append(_noted(email, partial(self._make, email)))
            done += [_noted("", self.robos_token), _noted("", self.review)]
        raise AssertionError

    def _make(self, email: str) -> requests.Response:
        return self.ask("POST", "/api/v1/users", json={"email": email}, headers=self.bearer)

    def killed(self, times: int) -> Iterator[Moment]:
        """Kill a replica's processes and start it again, one replica after the other."""
        for number in range(times):
            replica = self.replicas[number % len(self.replicas)]
            began = time.monotonic()
            replica.kill()
            _wait_until_nobody_listens(replica.port)
            yield Moment(began, time.monotonic())
            time.sleep(1)
            begin(replica, self.database, self.url)
            replica.wait_until_served()

    def rolled(self, times: int) -> Iterator[Moment]:
        """Stop and start every replica, one after the other, as an upgrade does."""
        for _ in range(times):
            for replica in self.replicas:
                began = time.monotonic()
                assert replica.process is not None
                replica.process.send_signal(signal.SIGTERM)
                assert replica.process.wait(60) == 0
                begin(replica, self.database, self.url)
                replica.wait_until_served()
                yield Moment(began, time.monotonic())

    def without_database(self, times: int, seconds: float) -> Iterator[Moment]:
        """Stop PostgreSQL as a crash does, and start it again so many seconds later."""
        for _ in range(times):
            began = time.monotonic()
            self.database.stop()
            time.sleep(seconds)
            self.database.start()
            yield Moment(began, time.monotonic())
            time.sleep(2)

    def failed_over(self) -> Iterator[Moment]:
        """End the database for good, and have its standby take over."""
        began = time.monotonic()
        self.database.fail_over()
        yield Moment(began, time.monotonic())
        time.sleep(2)


def begin(replica: Start, database: WithStandby, url: str, **more: str) -> None:
    replica.begin(DATABASE_URL=database.url, PUBLIC_URL=url, TRUSTED_PROXIES="127.0.0.1/32", **SHORT, **more)


@contextmanager
def running(folder: Path, database: WithStandby) -> Iterator[Fleet]:
    public = free_port()
    url = f"https://127.0.0.1:{public}"
    kept = {"secret_key": secrets.token_urlsafe(64), "identity_encryption_keys": encryption_key()}
    replicas = [Start(folder / name / "data") for name in NAMES]
    try:
        for replica in replicas:
            (replica.data / "secrets").mkdir(parents=True)
            for name, secret in kept.items():
                (replica.data / "secrets" / name).write_text(secret)
            begin(replica, database, url, RUNAI_ADMIN_EMAIL=EMAIL, RUNAI_ADMIN_PASSWORD=PASSWORD)
        for replica in replicas:
            replica.wait_until_served()
        with in_front(haproxy, behind=[replica.port for replica in replicas], https=public) as proxy:
            yield Fleet(replicas, database, url, proxy.authority)
    finally:
        for replica in replicas:
            replica.kill()
            shutil.rmtree(replica.data, ignore_errors=True)


def _noted(made: str, ask: Callable[[], requests.Response]) -> Request:
    began = time.monotonic()
    try:
        answer = ask()
    except requests.RequestException:
        return Request(made, began, time.monotonic(), 0, "")
    return Request(made, began, time.monotonic(), answer.status_code, answer.headers.get("Retry-After", ""))


def _wait_until_nobody_listens(port: int) -> None:
    """Killed processes close their sockets a moment later."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
        time.sleep(0.005)
    raise AssertionError(f"Somebody listens on {port} still")
