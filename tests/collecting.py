"""Collect without the garbage collector: nearly everything that is read stays until the run ends."""

import gc
from collections.abc import Generator

import pytest

# By default the collector runs after 700 new objects, which takes a twelfth of a run.
SELDOM = (20_000, 10, 50)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Keep the collector off meanwhile; let it run seldom later, and never look through what was collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.set_threshold(*SELDOM)
        gc.enable()
