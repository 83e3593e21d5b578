"""Sample where the CPU time of the WSGI application goes, every few milliseconds, without slowing any part."""

import signal
from collections import defaultdict
from collections.abc import Callable
from time import process_time
from types import FrameType

EVERY = 0.004

# By the file of the innermost function that belongs to one of these; Python's own library counts to who calls it.
PARTS = {
    "signatures and tokens": ("/tokens/jwt.py", "/tokens/keyring.py", "/jwt/", "/rest_framework_simplejwt/"),
    "psycopg": ("/psycopg/", "/common/postgresql/"),
    "statements and rows": ("/django/db/", "/common/lookup.py", "/adapters/facts.py"),
    "Argon2": ("/accounts/hash", "/argon2/", "/django/contrib/auth/"),
    "request, headers, answer": (
        "/django/",
        "/rest_framework/",
        "/csp/",
        "/common/middleware.py",
        "/common/forwarding.py",
        "/common/parsers.py",
        "/runai_identity/quick.py",
        "/runai_identity/quick_views.py",
        "/runai_identity/metrics/",
        "/client_authentication.py",
    ),
    "OAuth library": ("/oauthlib/", "/oauth2_provider/", "/tokens/oauth.py", "/tokens/validator.py"),
    "verbs and the gate": ("/tokens/", "/access/", "/accounts/", "/audit/", "/clustersync/", "/sso/", "/common/"),
}
REST = "the rest"


def part_of(frame: FrameType | None) -> str:
    while frame is not None:
        file = frame.f_code.co_filename
        for part, folders in PARTS.items():
            if any(folder in file for folder in folders):
                return part
        frame = frame.f_back
    return REST


def sampled(work: Callable[[], object], seconds: float) -> dict[str, float]:
    """The share of each part, while `work` is done again and again for so many seconds of CPU.

    Python looks only between two of its own steps, so each look counts the CPU time since the last one.
    """
    spent: defaultdict[str, float] = defaultdict(float)
    looked_at = process_time()

    def look(number: int, frame: FrameType | None) -> None:
        nonlocal looked_at
        now = process_time()
        spent[part_of(frame)] += now - looked_at
        looked_at = now

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        until = process_time() + seconds
        while process_time() < until:
            work()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    in_all = sum(spent.values()) or 1
    return {part: spent[part] / in_all for part in (*PARTS, REST)}
