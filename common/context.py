"""The request at hand, for logs and audit entries, without passing it through every verb."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Facts of the current HTTP request; all empty outside one."""

    request_id: str = ""
    source_ip: str | None = None
    user_agent: str = ""
    method: str = ""
    path: str = ""


NO_REQUEST = RequestContext()

_current: ContextVar[RequestContext] = ContextVar("request_context", default=NO_REQUEST)

current = _current.get
enter = _current.set
leave = _current.reset
