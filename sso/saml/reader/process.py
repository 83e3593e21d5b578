"""Entry point of the reader's process. It does one task at a time, within limits on time and memory.

Standard input is a socket in both directions. Each message is a JSON object behind its length in 4 bytes. The process
ends when the server closes the socket.
"""

import contextlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sso.saml.values import LENGTH

CHANNEL = 0
MEGABYTE = 1024 * 1024
# A process that has grown by so much is replaced.
GROWS_BY = 100 * MEGABYTE

Do = Callable[[str, dict[str, Any]], dict[str, Any]]


def serve() -> None:
    """Answer tasks until the server closes the socket."""
    do = _loaded()
    memory = Memory()
    began_with = memory.used()
    _confine()
    while (request := _receive()) is not None:
        memory.allow(request["megabytes"])
        # The signal ends this process even inside a library call.
        signal.setitimer(signal.ITIMER_PROF, request["seconds"])
        answer = _answer(do, request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        last = "too_costly" in answer or memory.used() > began_with + GROWS_BY
        _send({**answer, "last": last})
        if last:
            return


def _loaded() -> Do:
    """Import the libraries while files can still be opened, and report the result to the server."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: it is meant for the server, which closes the channel
    try:
        from sso.saml.reader.tasks import do
    except ImportError as error:
        _send({"failed": f"{error}"})
        sys.exit(1)
    _send({"ready": True})
    return do


def _answer(do: Do, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return {"answer": do(request["task"], request["values"])}
    except MemoryError:
        return {"too_costly": True}
    except Exception as error:
        # Report the place, not the message, which may contain a stranger's text or a key.
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        code = frame.tb_frame.f_code if frame is not None else None
        where = f" in {Path(code.co_filename).name}, {code.co_name}" if code is not None else ""
        return {"failed": f"{type(error).__name__}{where}"}


def _confine() -> None:
    """Give up the right to open, write, start or dump. Only the channel and one file of /proc stay open."""
    for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))


class Memory:
    """The memory of this process and its limit (RLIMIT_AS). Without /proc, as on macOS, there is no limit."""

    def __init__(self) -> None:
        self._statm: int | None = None
        with contextlib.suppress(OSError):
            self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def used(self) -> int:
        """Return the mapped memory in bytes."""
        if self._statm is None:
            return 0
        return int(os.pread(self._statm, 100, 0).split()[0]) * resource.getpagesize()

    def allow(self, megabytes: int) -> None:
        """Limit memory to the current size plus this much."""
        if self._statm is not None:
            _, most = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (self.used() + megabytes * MEGABYTE, most))


def _receive() -> dict[str, Any] | None:
    header = _read(LENGTH.size)
    if header is None:
        return None
    body = _read(LENGTH.unpack(header)[0])
    found: dict[str, Any] | None = json.loads(body) if body is not None else None
    return found


def _read(size: int) -> bytes | None:
    """Return exactly `size` bytes; None when the server has gone."""
    parts, missing = [], size
    while missing:
        part = os.read(CHANNEL, min(missing, MEGABYTE))
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _send(answer: dict[str, Any]) -> None:
    body = json.dumps(answer).encode()
    frame = LENGTH.pack(len(body)) + body
    while frame:
        frame = frame[os.write(CHANNEL, frame) :]
