"""The request at hand, for logs and audit entries, without passing it through every verb."""

from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Facts of the current HTTP request, or of the command at the console; all empty outside of both.

    `request_id` is made here. `caller_request_id` is what the caller wrote in X-Request-ID, which may be anything.
    `trace_id` is empty unless traces are configured, and may be the caller's as well.
    """

    request_id: str = ""
    trace_id: str = ""
    caller_request_id: str = ""
    source_ip: str | None = None
    user_agent: str = ""
    method: str = ""
    path: str = ""
    client_id: str = ""
    session_id: str = ""
    token_id: str = ""
    grant_id: str = ""


NO_REQUEST = RequestContext()

_current: ContextVar[RequestContext] = ContextVar("request_context", default=NO_REQUEST)

current = _current.get
enter = _current.set
leave = _current.reset


def acting_by(*, client_id: str = "", session_id: object = "", token_id: str = "", grant_id: object = "") -> None:
    """Note by which client, session, token (`jti`) and grant the party of this request acts, as soon as each is known.

    Outside of a request nothing is noted: nobody would take it back.
    """
    here = _current.get()
    if here is NO_REQUEST:
        return
    _current.set(
        replace(
            here,
            client_id=client_id or here.client_id,
            session_id=str(session_id or here.session_id),
            token_id=token_id or here.token_id,
            grant_id=str(grant_id or here.grant_id),
        )
    )
