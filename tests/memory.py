"""How much memory some work holds at once."""

import gc
import tracemalloc
from collections.abc import Callable


def peak_of(work: Callable[[], object]) -> int:
    """Return the bytes that the work holds at once, without what the garbage collector would have found.

    When it runs depends on all that the process holds: a server with much in memory waits long for it.
    """
    gc.collect()
    gc.disable()
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.enable()
