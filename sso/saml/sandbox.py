"""Runs `sso.saml.reader` in a child process, which starts at the first message and is limited at each.

A message that exceeds the limits ends only that process: the message is refused, and the next one gets a new process.
The child ends with this process, because the channel between them closes.
"""

import atexit
import json
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from common.errors import Unavailable
from common.wording import Wording
from sso.saml.values import LENGTH

logger = logging.getLogger(__name__)

# Wall time: on a busy machine, a second of CPU may take that long. Requests wait for the process equally long.
SECONDS = 10
LONGEST_ANSWER = 32 * 1024 * 1024
ROOT = Path(__file__).resolve().parents[2]
START = "import sys; sys.path.insert(0, sys.argv[1]); from sso.saml.reader.process import serve; serve()"
# Variables that Python needs to find its libraries. The rest of our environment contains secrets.
PASSED_ON = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")


@dataclass(frozen=True)
class Bounds:
    """Limits on CPU and memory for one task."""

    seconds: float
    megabytes: int


MESSAGE = Bounds(seconds=1, megabytes=50)
# Administrators choose it, and a federation's has 5 MB.
METADATA = Bounds(seconds=5, megabytes=500)


class TooCostly(Exception):
    """A task exceeded its limits, which the message names."""

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(
            Wording(
                "Reading it took more than {seconds} s of CPU or {megabytes} MB.",
                seconds=f"{bounds.seconds:g}",
                megabytes=bounds.megabytes,
            )
        )


class Sandbox:
    """One child process, which does one task at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    def ask(self, task: str, bounds: Bounds, values: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a task of `sso.saml.reader.tasks`.

        Raise TooCostly, or Unavailable if the process is gone.
        """
        with self._alone():
            if self._process is None or self._process.poll() is not None:
                self.close()
                self._start()
            asked = {"task": task, "seconds": bounds.seconds, "megabytes": bounds.megabytes, "values": values}
            try:
                answer = self._exchanged(asked)
            except (OSError, EOFError):
                self.close()
                raise TooCostly(bounds) from None
            if answer["last"]:
                self.close()
        if "too_costly" in answer:
            raise TooCostly(bounds)
        if "failed" in answer:
            logger.error("what reads SAML failed at a %s: %s", task, answer["failed"])
            raise Unavailable("protocol_unavailable", "This can't be read on this server now. Ask its operator.")
        found: dict[str, Any] = answer["answer"]
        return found

    def close(self) -> None:
        """End the process, and wait for that; the next message gets a new one."""
        process, channel, self._process, self._channel = self._process, self._channel, None, None
        if channel is not None:
            channel.close()
        if process is not None:
            process.kill()
            process.wait()

    def leave(self) -> None:
        """Forget the child process after a fork: it belongs to the parent, and so may the holder of the lock."""
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.returncode = 0  # or it would be said to be running still
        self._lock, self._process, self._channel = Lock(), None, None

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=SECONDS):
            raise Unavailable("busy", "Too many people sign in at this moment. Try again in a few seconds.")
        try:
            yield
        finally:
            self._lock.release()

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        ours.settimeout(SECONDS)
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  ourselves
                [sys.executable, "-I", "-c", START, str(ROOT)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
            )
        self._channel = ours
        try:
            hello = self._received()
        except (OSError, EOFError):
            hello = {"failed": "it did not start"}
        if "ready" not in hello:
            self.close()
            logger.error("what reads SAML can't be started: %s", hello.get("failed"))
            raise Unavailable("protocol_unavailable", "SAML can't be used on this server now. Ask its operator.")

    def _exchanged(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert self._channel is not None  # noqa: S101  for the type checker
        body = json.dumps(asked).encode()
        self._channel.sendall(LENGTH.pack(len(body)) + body)
        return self._received()

    def _received(self) -> dict[str, Any]:
        size = LENGTH.unpack(self._read(LENGTH.size))[0]
        if size > LONGEST_ANSWER:
            raise EOFError
        found: dict[str, Any] = json.loads(self._read(size))
        return found

    def _read(self, size: int) -> bytes:
        assert self._channel is not None  # noqa: S101  for the type checker
        body = b""
        while len(body) < size:
            part = self._channel.recv(size - len(body))
            if not part:
                raise EOFError
            body += part
        return body


_sandbox = Sandbox()
atexit.register(_sandbox.close)
os.register_at_fork(after_in_child=_sandbox.leave)


def ask(task: str, bounds: Bounds | None = None, **values: Any) -> dict[str, Any]:
    """Return what the process makes of a message, within the bounds of one unless others are given."""
    return _sandbox.ask(task, bounds or MESSAGE, values)
