"""Count requests in each process. With PROMETHEUS_MULTIPROC_DIR set all processes of a server count together.

No label is a stranger's to choose: routes are patterns of ours, and actions and reasons are words of the audit log.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client import Histogram

from common.middleware import ROUTE

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"

REQUESTS = Histogram(
    "runai_identity_request_seconds",
    "Requests by their route, method and status, and how long each took.",
    ["route", "method", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)

StartResponse = Callable[..., Any]
WSGI = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]


def measured(application: WSGI) -> WSGI:
    """Return the WSGI application, measured in REQUESTS.

    A measurement ends when the answer is returned, not when it was sent.
    """

    def answer(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        began, status = time.perf_counter(), ""

        def start(line: str, *rest: Any) -> Any:
            nonlocal status
            status = line[:3]
            return start_response(line, *rest)

        try:
            return application(environ, start)
        except Exception:
            status = "500"
            raise
        finally:
            method = environ["REQUEST_METHOD"]
            labels = (environ.get(ROUTE, OTHER), method if method in METHODS else OTHER, status)
            if status:  # or the request is begun anew (accounts.hashing.NeedsTurn), and counted then
                REQUESTS.labels(*labels).observe(time.perf_counter() - began)

    return answer
