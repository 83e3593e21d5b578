"""When a browser session ends, and what keeps it alive. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta

WARN_BEFORE = timedelta(seconds=60)
NOTE_EVERY = timedelta(minutes=1)

# Asked by the page itself, not by the person: the clock of the warning dialog, and what browsers fetch on their own.
NEVER_ACTIVITY = ("/session", "/static/", "/favicon.ico", "/healthz", "/readyz", "/api/", "/auth/", "/.well-known/")

# What a person asks for is a navigation; `fetch`, images and prefetching say something else (W3C Fetch Metadata).
PERSONAL_MODES = ("navigate", "nested-navigate", "")


def ends_at(*, last_active_at: datetime, expires_at: datetime, idle_timeout: timedelta) -> datetime:
    return min(last_active_at + idle_timeout, expires_at)


def is_activity(path: str, headers: Mapping[str, str]) -> bool:
    """Whether this request was caused by the person: the one list that the server keeps."""
    if path == "/session/stay":
        return True
    if path.startswith(NEVER_ACTIVITY):
        return False
    prefetched = "prefetch" in (headers.get("Sec-Purpose", "") + headers.get("Purpose", ""))
    return headers.get("Sec-Fetch-Mode", "") in PERSONAL_MODES and not prefetched


def needs_note(*, last_active_at: datetime, now: datetime) -> bool:
    """At most one write a minute; a clock that jumped back changes nothing."""
    return now - last_active_at >= NOTE_EVERY
