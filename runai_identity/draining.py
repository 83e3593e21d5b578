"""A stop that resets nothing: the server says that it is going, answers what still comes, takes no more, and then goes.

The server's processes share one byte of memory, through which the master tells its workers how far the stop is.
"""

import ctypes
import mmap
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

SERVING, LEAVING, CLOSED = 0, 1, 2

# From `CLOSED` on: for handshakes under way, and for workers to take what waits to be accepted.
LAST_CONNECTIONS = 0.5  # seconds
LOOK_EVERY = 0.1
KILLED_AFTER = 20  # seconds; of workers whose master is gone

_stage = mmap.mmap(-1, 1)  # inherited by what is forked
_SO_ATTACH_FILTER = 26  # Linux; the module `socket` has it from Python 3.13 on


def is_draining() -> bool:
    return _stage[0] != SERVING


def drain(seconds: float, then: Callable[[], None]) -> None:
    """In the master: have load balancers told for so long, then let nobody connect any more, then stop."""
    _stage[0] = LEAVING
    time.sleep(seconds)
    _stage[0] = CLOSED
    time.sleep(LAST_CONNECTIONS)
    then()


def follow(master: int) -> None:
    """In a worker: close when the master says so, and end when it is gone."""
    threading.Thread(target=_follow, args=(master,), name="following the master", daemon=True).start()


def _follow(master: int) -> None:
    closed = False
    while os.getppid() == master:
        if _stage[0] == CLOSED and not closed:
            closed = True
            for listener in _listeners():
                _take_no_more(listener)
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(KILLED_AFTER)
    os._exit(1)


def _listeners() -> Iterator[socket.socket]:
    """Yield the listening sockets. The server opens them in native code, and hands none over."""
    if sys.platform != "linux":
        return
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError), socket.socket(fileno=os.dup(int(name))) as found:
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                yield found


def _take_no_more(listener: socket.socket) -> None:
    """Drop each SYN, so that who connects now tries again in a second, and finds another server or none.

    A listener that is closed resets the connections that nobody accepted yet; until then there are none left.
    """
    syn, ack = 0x02, 0x10
    steps = (
        (0x30, 0, 0, 13),  # the byte of flags in the TCP header
        (0x54, 0, 0, syn | ack),  # and
        (0x15, 0, 1, syn),  # equal?
        (0x06, 0, 0, 0),  # drop it
        (0x06, 0, 0, 0xFFFFFFFF),  # let it pass
    )
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    fprog = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    with suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, fprog)
