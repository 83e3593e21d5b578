"""Who acts. A verb's `actor` is a User, an Application, or the server itself; never nobody."""

from typing import Protocol, runtime_checkable
from uuid import UUID


@runtime_checkable
class Principal(Protocol):
    """A User or an Application: somebody a token can be issued to and an access rule can name."""

    @property
    def pk(self) -> UUID: ...

    @property
    def enabled(self) -> bool: ...

    @property
    def subject_type(self) -> str:
        """`User` or `App`, as the audit trail writes it."""

    @property
    def rule_subject(self) -> tuple[str, str]:
        """The (subject type, subject id) pair by which access rules name this principal itself."""

    def rule_subjects(self) -> frozenset[tuple[str, str]]:
        """All by which they do: a person's groups too."""


class System:
    """The server itself: bootstrap, console commands, housekeeping. Explicit, so that a missing actor is a bug."""

    subject_type = "System"

    def __str__(self) -> str:
        return "system"


SYSTEM = System()

Actor = Principal | System
