"""Memory that was freed, given back to the system, where the C library is glibc; elsewhere nothing is done.

To hash a password takes 19 MiB (`accounts/hashers.py`). glibc gives each thread a heap of its own, and keeps in each
what was freed there: a process of four threads that had hashed passwords held 80 MB for good. To give back each hash's
memory at once would make the next one two thirds dearer.
"""

import ctypes
from contextlib import suppress

M_ARENA_MAX = -8  # malloc.h

_c_library = ctypes.CDLL(None)


def keep_one_heap() -> None:
    """Let all threads that begin later share one heap."""
    with suppress(AttributeError):
        _c_library.mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    with suppress(AttributeError):
        _c_library.malloc_trim(0)
