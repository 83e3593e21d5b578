"""Callers that ask one after the other, each on a connection of its own that stays, as API servers and services do."""

import random
import re
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import median
from typing import Protocol

from bench.server import HOST, Process


class Caller(Protocol):
    def request(self) -> bytes: ...

    def answered(self, body: bytes) -> None: ...


LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)
AT_ONCE = 4
ROUNDS = 3
WARM_UP = 0.5
SECONDS = 2.5


@dataclass(frozen=True)
class Measured:
    """`busy` is the server's share of its core; times are in milliseconds.

    `p50` and `p99` are those of a caller that is alone, `p99_at_once` that of all, as fast as they can, and
    `p99_at_half` that of all at half of that rate.
    """

    per_second: float
    per_core: float
    busy: float
    p50: float
    p99: float
    p99_at_once: float
    p99_at_half: float


def measure(callers: Callable[[int], list[Caller]], port: int, worker: Process) -> Measured:
    ready = callers(AT_ONCE)
    run(ready, port, WARM_UP)
    rounds, at_once = [], []
    for _ in range(ROUNDS):
        used, began = worker.cpu_seconds(), time.perf_counter()
        took = run(ready, port, SECONDS)
        elapsed = time.perf_counter() - began
        at_once += took
        rounds.append((len(took) / elapsed, (worker.cpu_seconds() - used) / elapsed))
    alone = run(ready[:1], port, SECONDS)
    per_second, busy = median(rate for rate, _ in rounds), median(busy for _, busy in rounds)
    per_core = median(rate / busy for rate, busy in rounds)
    at_half = run(ready, port, SECONDS, per_second=per_second / 2)
    p50, p99, p99_at_once, p99_at_half = (
        _percentile(took, percent) for took, percent in ((alone, 50), (alone, 99), (at_once, 99), (at_half, 99))
    )
    return Measured(per_second, per_core, busy, p50, p99, p99_at_once, p99_at_half)


def _percentile(took: list[float], percent: int) -> float:
    """In milliseconds."""
    return sorted(took)[len(took) * percent // 100] * 1000


def run(callers: list[Caller], port: int, seconds: float, *, per_second: float = 0) -> list[float]:
    """Return how many seconds each request took; the callers together send as many per second, or all they can."""
    pause = len(callers) / per_second if per_second else 0
    took: list[float] = []
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(len(callers)) as pool:
        asking = [pool.submit(ask_on, caller, port, until, took, pause) for caller in callers]
    for asked in asking:
        asked.result()  # raises what the caller raised: a refusal must not pass for a slow server
    if not took:
        raise SystemExit("Nothing was answered.")
    return took


def exchanged(caller: Caller, port: int) -> bytes:
    """Return the body that one request is answered with, on a connection of its own."""
    with socket.create_connection((HOST, port)) as connection:
        return _exchange(caller.request(), connection, b"200")


def ask_on(caller: Caller, port: int, until: float, took: list[float], pause: float) -> None:
    next_at = time.perf_counter() + random.random() * pause  # noqa: S311  so that they don't ask in step
    with socket.create_connection((HOST, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while time.perf_counter() < until:
            time.sleep(max(0.0, next_at - time.perf_counter()))
            next_at += pause
            request = caller.request()
            began = time.perf_counter()
            answer = _exchange(request, connection, getattr(caller, "expects", b"200"))
            took.append(time.perf_counter() - began)
            caller.answered(answer)


def _exchange(request: bytes, connection: socket.socket, expected: bytes) -> bytes:
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += _part(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    found = LENGTH.search(head)
    while len(body) < (int(found[1]) if found else 0):
        body += _part(connection)
    status = head.split(b" ", 2)[1]
    if status != expected:
        raise SystemExit(f"The server refused: {head.decode()}\n{body.decode()}")
    return body


def _part(connection: socket.socket) -> bytes:
    part = connection.recv(65536)
    if not part:
        raise SystemExit("The server hung up.")
    return part
