"""Outbound calls, for who records them (runai_identity/tracing). Nobody does unless traces are configured."""

from collections.abc import Callable, MutableMapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass


@dataclass
class Call:
    """The facts of a call to another server that may be recorded: no path, no query and no content.

    `headers` are those of an HTTP request that is about to be sent, to which the recorder may add. The caller sets
    `status` when there is a response.
    """

    method: str
    host: str
    port: int | None
    headers: MutableMapping[str, str] | None = None
    status: int | None = None


Recorder = Callable[[Call], AbstractContextManager[object]]

_recorders: list[Recorder] = []


def record_calls(recorder: Recorder) -> None:
    """Have each outbound call made within the recorder's context from now on."""
    _recorders[:] = [recorder]


def recorded(call: Call) -> AbstractContextManager[object]:
    return _recorders[0](call) if _recorders else nullcontext()
