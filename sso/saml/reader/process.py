"""The process that reads: `task` by task, each with a bound on time and memory, until the server closes its end.

Both ends of standard input are one socket. Each message on it is a JSON object behind its length in 4 bytes.
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
# A process that has grown by so much is worth a new one.
GROWS_BY = 100 * MEGABYTE

Do = Callable[[str, dict[str, Any]], dict[str, Any]]


def serve() -> None:
    """Answer until there is nobody left to answer."""
    do = _loaded()
    memory = Memory()
    began_with = memory.used()
    _confine()
    while (request := _receive()) is not None:
        memory.allow(request["megabytes"])
        # The signal ends this process in the middle of whatever library it is in.
        signal.setitimer(signal.ITIMER_PROF, request["seconds"])
        answer = _answer(do, request)
        signal.setitimer(signal.ITIMER_PROF, 0)
        last = "too_costly" in answer or memory.used() > began_with + GROWS_BY
        _send({**answer, "last": last})
        if last:
            return


def _loaded() -> Do:
    """Import the libraries, while that is still possible, and tell the server how it went."""
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
        # Where it was, and not what: in that may stand what a stranger wrote, or a key.
        frame = error.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        code = frame.tb_frame.f_code if frame is not None else None
        where = f" in {Path(code.co_filename).name}, {code.co_name}" if code is not None else ""
        return {"failed": f"{type(error).__name__}{where}"}


def _confine() -> None:
    """Nothing more is opened, written, started or dumped from here on; what is open is the channel and one of /proc."""
    for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        resource.setrlimit(limit, (0, 0))


class Memory:
    """What this process has mapped, and may map (RLIMIT_AS). Without /proc, as on macOS, there is no such bound."""

    def __init__(self) -> None:
        self._statm: int | None = None
        with contextlib.suppress(OSError):
            self._statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)

    def used(self) -> int:
        """Bytes."""
        if self._statm is None:
            return 0
        return int(os.pread(self._statm, 100, 0).split()[0]) * resource.getpagesize()

    def allow(self, megabytes: int) -> None:
        """So much more than there is."""
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
    """So many bytes; None when the server has gone."""
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
