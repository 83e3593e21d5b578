"""The one door to the terminal. Every other module prints through it.

What is printed may come from a server, a file or an environment. A terminal acts on escape sequences, and bidirectional
controls and invisible characters change how the text beside them is read. So a line is a line, whatever is in it, and
each character in it that does not print is written out: \\x1b, \\u202e.
"""

from __future__ import annotations

import contextlib
import sys

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without importing typing while kubectl waits
if TYPE_CHECKING:
    from typing import TextIO

LONGEST_LINE = 4000  # characters


# Letters and marks that show nothing, though Python counts them as printable: those of Unicode's
# Default_Ignorable_Code_Point, and the blank of Braille.
INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U00016fe4\U0001d159"
    + "".join(map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)]))
)


def is_printable(text: str) -> bool:
    """Return True if each character shows, or is a blank."""
    return text.isprintable() and (text.isascii() or INVISIBLE.isdisjoint(text))


def safe(text: object) -> str:
    """Return `text` as one line of printable characters, cut at LONGEST_LINE."""
    line = str(text)
    if len(line) > LONGEST_LINE:
        line = line[:LONGEST_LINE] + "…"
    if is_printable(line):
        return line
    return "".join(char if is_printable(char) else char.encode("unicode_escape").decode("ascii") for char in line)


def out(text: object = "") -> None:
    """Print one line of an answer."""
    _write(sys.stdout, safe(text))


def err(text: object = "") -> None:
    """Print one line for the person, beside what a program may read from the standard output."""
    _write(sys.stderr, safe(text))
    sys.stderr.flush()


def say(*lines: str) -> None:
    """Print lines for the person."""
    for line in lines:
        err(line)


def exact(text: str) -> None:
    """Print one line for a program, unchanged. ValueError unless it is printable ASCII."""
    if not (text.isascii() and text.isprintable()):
        raise ValueError("not printable ASCII")
    _write(sys.stdout, text)


def flush() -> None:
    sys.stdout.flush()


def close() -> None:
    """Print nothing any more: the reader has gone away."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.close()


def _write(stream: TextIO, line: str) -> None:
    encoding = stream.encoding or "utf-8"
    stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
