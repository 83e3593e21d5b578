"""Ports for servers that tests start."""

import secrets
import socket

HOST = "127.0.0.1"
# Below those that the system gives to connections: who asks again and again for a server that is down would in the end
# be given its own port, and keep it.
LOWEST, HIGHEST = 10_000, 32_000


def free_port() -> int:
    """Return a port that nobody listens on. Not by `random`, which each worker seeds alike."""
    while True:
        port = LOWEST + secrets.randbelow(HIGHEST - LOWEST)
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
