"""The server of `make run`: granian, whose clients may be slow, many and idle (docs/decisions/0019).

Any WSGI server serves runai_identity.wsgi as well, behind a proxy that waits for slow clients: gunicorn does, with
WEB_SERVER=gunicorn.
"""

import gc
import multiprocessing
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import FrameType

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from runai_identity import draining, telling
from runai_identity.memory import keep_one_heap

# For a connection that is idle, or whose headers are not there whole.
HEADER_SECONDS = 30
LONGEST_HEAD = 64 * 1024  # an address as long as may be (asgi.LONGEST_ADDRESS), cookies and a token beside it
# Requests that are being read; asgi.MOST_WAITING bounds those that wait for a thread.
MOST_OPEN_REQUESTS = 20_000


APPLICATION = "runai_identity.asgi:application"
# In the environment, for the workers: the pipe of the first that is ready, and the process above them.
PIPE_OF_FIRST = "RUNAI_IDENTITY_FIRST_WORKER"
MASTER = "RUNAI_IDENTITY_MASTER"


class Server(MPServer):
    """Granian, which stops at once; on SIGTERM this one first says for `drain_seconds` that it will."""

    drain_seconds = 0.0

    def signal_handler_interrupt(self, signum: int = 0, frame: FrameType | None = None) -> None:
        stop: Callable[[], None] = super().signal_handler_interrupt
        telling.tell_systemd("STOPPING=1")
        if signum != signal.SIGTERM or draining.is_draining():  # who asks a second time doesn't want to wait
            stop()
            return
        threading.Thread(target=draining.drain, args=(self.drain_seconds, stop), name="draining", daemon=True).start()


def serve(bind: str, port: int, *, certificate: Path | None = None, key: Path | None = None) -> None:
    """Serve until somebody stops it. A PEM key that is no PKCS #8 is written anew, for its owner alone to read."""
    allow_many_connections()
    multiprocessing.set_start_method("fork")  # what workers share with this process is inherited
    server = Server(
        APPLICATION,
        address=bind,
        port=port,
        interface=Interfaces.ASGI,
        workers=int(os.environ.get("WEB_CONCURRENCY", "2")),
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        backpressure=MOST_OPEN_REQUESTS,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_SECONDS * 1000, max_buffer_size=LONGEST_HEAD),
        log_level=LogLevels.warning,
        ssl_cert=certificate,
        ssl_key=key and in_pkcs8(key),
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        workers_kill_timeout=20,
    )
    server.drain_seconds = float(os.environ.get("DRAIN_SECONDS", "5"))
    os.environ[MASTER] = str(os.getpid())
    os.environ[PIPE_OF_FIRST] = str(pipe_for_the_first())
    telling.listens_at = (bind, port)
    keep_one_heap()
    let_threads_finish()
    load_before_forking()
    server.serve()


def let_threads_finish() -> None:
    """Ask Linux not to interrupt a thread for one that wakes (SCHED_BATCH, sched(7)); workers inherit it.

    A thread of a worker that wakes needs the interpreter's lock. On a shared core it would interrupt the thread that
    holds it, only to wait: six times in a request, for a tenth of its CPU time (docs/benchmarks.md).
    """
    if sys.platform == "linux":
        with suppress(OSError):  # where the process may not choose, it is served all the same
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def load_before_forking() -> None:
    """Import the application once, so that the workers share its memory.

    While it is imported the garbage collector would look through more and more that stays. What is frozen it leaves
    alone: it would write to every page, and each worker get one of its own.
    """
    gc.disable()
    import_module(APPLICATION.partition(":")[0])
    gc.collect()
    gc.freeze()
    gc.enable()


def allow_many_connections() -> None:
    """Raise the limit of open files: each connection is one, and many systems allow a process 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN_REQUESTS + 1000 if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN_REQUESTS + 1000)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def in_pkcs8(key: Path) -> Path:
    """Return a file with the key in the one form that granian reads; the copy of an earlier start is removed."""
    written = key.read_bytes()
    file = Path(os.environ["DATA_DIR"]) / "secrets" / "tls_key_pkcs8"
    file.unlink(missing_ok=True)
    if b"BEGIN PRIVATE KEY" in written:
        return key
    file.touch(mode=0o600)
    file.write_bytes(
        load_pem_private_key(written, None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    return file


def pipe_for_the_first() -> int:
    """Return a pipe with one byte in it, for the first worker that is ready."""
    reading, writing = os.pipe()
    os.write(writing, b"1")
    os.close(writing)
    return reading


def say_when_ready() -> None:
    """Called by each worker before it takes connections."""
    if PIPE_OF_FIRST not in os.environ:
        return
    draining.follow(int(os.environ[MASTER]))
    # One worker reads the byte; the others, and those that begin later, find the pipe's end.
    if os.read(int(os.environ[PIPE_OF_FIRST]), 1):
        threading.Thread(target=telling.tell_once_it_listens, name="telling that it serves", daemon=True).start()


if __name__ == "__main__":
    address, at, *tls = sys.argv[1:]
    serve(address, int(at), **dict(zip(("certificate", "key"), map(Path, tls), strict=False)))
