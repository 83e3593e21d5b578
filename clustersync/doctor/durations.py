"""Durations as Go writes them, 2m0s or 500ms.

Source: time.ParseDuration.
"""

import re

# As Go reads one: any of its units, in any order, with a sign.
UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ns": 1e-9}
PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
DURATION = re.compile(rf"[-+]?(?:{PART.pattern})+")


def seconds_of(text: str) -> float | None:
    """Return the seconds of a duration as Go writes it, 2m0s; None when it is none."""
    text = text.strip("\"'")
    if not DURATION.fullmatch(text):
        return 0 if text in ("0", "+0", "-0") else None
    seconds = sum(float(number) * UNITS[unit] for number, unit in PART.findall(text))
    return -seconds if text.startswith("-") else seconds
