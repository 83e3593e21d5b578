"""Measure what the machine can do in the same run, so that its rows can be compared with another machine's."""

import time
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from accounts.hashers import Argon2idHasher
from bench.bare import PATH
from bench.load import Caller, measure
from bench.server import HOST, Process

SECONDS = 1.0


def operations() -> dict[str, Callable[[], Any]]:
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    hasher: Any = Argon2idHasher()
    return {
        "RSA-2048 signature": lambda: rsa_key.sign(b"claims", padding.PKCS1v15(), hashes.SHA256()),
        "P-256 signature": lambda: ec_key.sign(b"claims", ec.ECDSA(hashes.SHA256())),
        "Argon2id of a password": lambda: hasher.encode("Correct-Horse-1", "c2FsdHNhbHRzYWx0"),
    }


def per_core(operation: Callable[[], Any]) -> float:
    """How often a second of this process's CPU does it."""
    began, done = time.process_time(), 0
    while time.process_time() - began < SECONDS:
        operation()
        done += 1
    return done / (time.process_time() - began)


class Asking:
    """Ask the bare view, and read nothing of its answer."""

    def request(self) -> bytes:
        return f"GET {PATH} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()

    def answered(self, body: bytes) -> None:
        pass


def bare_view(port: int, worker: Process) -> float:
    def callers(many: int) -> list[Caller]:
        return [Asking() for _ in range(many)]

    return measure(callers, port, worker).per_core
