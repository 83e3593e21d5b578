"""Every way in which a command ends early. The text says what was refused and what to do; it never holds a token."""

from __future__ import annotations


class Failure(Exception):
    exit_code = 1


class Usage(Failure):
    exit_code = 2


class BadRequest(Failure):
    """The server does not understand what it was asked, and says what it would."""


class NotSignedIn(Failure):
    exit_code = 3


class Unreachable(Failure):
    """No answer, or none that can be trusted."""

    exit_code = 4


class Unusable(Unreachable):
    """An answer came, and it is not what such a server answers. Asking again would not help."""


class Refused(Failure):
    """The server knows who asks, and the answer is no."""

    exit_code = 5
