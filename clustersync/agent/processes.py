"""Clusters shared out among a few processes: each goes through its own, on a core of its own where there is one."""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar

T = TypeVar("T")


class ProcessEnded(Exception):
    """A process ended before its work was done; its own output says why."""


def shares_of(items: Sequence[T], at_once: int) -> list[list[T]]:
    """Deal the items out like cards, so that no share has more than one item more than another."""
    many = min(at_once, len(items))
    return [list(items[first::many]) for first in range(many)]


def in_processes(work: Callable[[list[T]], list[str]], shares: Sequence[list[T]]) -> list[str]:
    """Do the work on each share in a process of its own, and return what all of them answered.

    The processes are forked: close connections before. When one of them ends early, the others are ended too.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the processes end with this one
    context = multiprocessing.get_context("fork")
    running: dict[Connection, BaseProcess] = {}
    answers: list[str] = []
    try:
        for share in shares:
            receiving, sending = context.Pipe(duplex=False)
            process: BaseProcess = context.Process(target=_work, args=(work, share, sending), daemon=True)
            process.start()
            sending.close()  # so that the end of the process is the end of the pipe
            running[receiving] = process
        while running:
            for ready in wait(list(running)):
                assert isinstance(ready, Connection)  # noqa: S101  for the type alone
                answers += ready.recv()
                running.pop(ready).join()
    except EOFError:
        raise ProcessEnded from None
    finally:
        for process in running.values():
            process.terminate()
        signal.signal(signal.SIGTERM, before)
    return answers


def exit_without(parent: int) -> None:
    """End this process if its parent is gone, which nobody could tell it otherwise."""
    if os.getppid() != parent:
        sys.exit(1)


def _work(work: Callable[[list[T]], list[str]], share: list[T], sending: Connection) -> None:
    sending.send(work(share))
