"""When a browser session ends, and what keeps it alive. Pure.

Activity is written down at most once per `precision`. So a note says "active then, and maybe for as long as the
precision after it", and the timeout counts from the later end: a session never ends before the timeout, and at most one
precision after it. A note keeps its precision, because the timeout may be changed afterwards.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

LONGEST_PRECISION = timedelta(minutes=1)
LONGEST_WARNING = timedelta(minutes=1)

# Pages go there by themselves when a session is over; whoever is still signed in is sent on to another page.
SENDS_ON = ("/login", "/admin/login")

# Asked by pages and programs, not by people; of what is under /auth/ the views know better.
NEVER_ACTIVITY = (
    "/session",
    "/static/",
    "/branding/",
    "/favicon.ico",
    "/healthz",
    "/readyz",
    "/api/v1/",
    "/api/v2/",
    "/v1/",
    "/auth/",
    "/.well-known/",
)


def precision(idle_timeout: timedelta) -> timedelta:
    """Return how long activity goes on without another note: a twentieth of the timeout, a minute at most."""
    return min(idle_timeout / 20, LONGEST_PRECISION)


def warn_before(idle_timeout: timedelta) -> timedelta:
    """Return how long before the end a page warns: a third of a short timeout, a minute at most."""
    return min(idle_timeout / 3, LONGEST_WARNING)


def idle_at(*, last_active_at: datetime, noted_within: timedelta, idle_timeout: timedelta) -> datetime:
    """Return when a browser session is over by inactivity; `noted_within` is the precision of its last note."""
    return last_active_at + noted_within + idle_timeout


def needs_note(*, last_active_at: datetime, noted_within: timedelta, now: datetime, idle_timeout: timedelta) -> bool:
    """Return True if activity at `now` must be written down: the last note is too old, or of another timeout.

    A last note that lies ahead was made before the server's clock was set back. It is replaced, or the session would
    stay for as long as the clock was wrong.
    """
    return noted_within != precision(idle_timeout) or abs(now - last_active_at) >= noted_within


def is_by_a_person(method: str, headers: Mapping[str, str]) -> bool:
    """Return True if this request opens a page or sends a form, as far as its headers tell.

    Browsers say so by Fetch Metadata (W3C), and over plain http, where they leave that out, by Accept. A header that is
    missing speaks against nobody: some browsers never send it.
    """
    if method not in ("GET", "POST") or is_prefetch(headers):
        return False
    mode, destination = headers.get("Sec-Fetch-Mode", ""), headers.get("Sec-Fetch-Dest", "")
    if mode not in ("navigate", "") or destination not in ("document", ""):
        return False
    accepted = headers.get("Accept", "")
    return not accepted or "text/html" in accepted


def is_prefetch(headers: Mapping[str, str]) -> bool:
    """Return True if a browser asks for a page that nobody has opened yet."""
    return any("prefetch" in headers.get(name, "").lower() for name in ("Sec-Purpose", "Purpose", "X-Moz"))


def is_activity(method: str, path: str, headers: Mapping[str, str]) -> bool:
    """Return True if a person caused this request: the one rule that the server keeps."""
    if (method, path) == ("POST", "/session/stay"):
        return True
    if path.startswith(NEVER_ACTIVITY) or sends_on(method, path):
        return False
    return is_by_a_person(method, headers)


def sends_on(method: str, path: str) -> bool:
    """Return True for the sign-in pages, whose redirects no person asked for."""
    return method != "POST" and path.startswith(SENDS_ON)
