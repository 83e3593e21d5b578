"""Files that notice when they are opened, by whatever library of this process or of another (inotify of Linux)."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

IN_OPEN = 0x20
_libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    def __init__(self, *paths: Path) -> None:
        self._descriptor = _libc.inotify_init1(os.O_NONBLOCK)
        for path in paths:
            if _libc.inotify_add_watch(self._descriptor, os.fsencode(path), IN_OPEN) < 0:
                raise OSError(ctypes.get_errno(), "can't be watched", str(path))

    def was_opened(self) -> bool:
        """Since it was asked last."""
        try:
            return bool(os.read(self._descriptor, 65536))
        except BlockingIOError:
            return False

    def close(self) -> None:
        os.close(self._descriptor)


@contextmanager
def watching(*paths: Path) -> Iterator[Watch]:
    watch = Watch(*paths)
    try:
        yield watch
    finally:
        watch.close()
