"""Actors: a User, an Application, or the server itself. Every verb has one."""

from typing import NamedTuple, Protocol, runtime_checkable
from uuid import UUID


class Name(NamedTuple):
    """A (subject type, subject id) pair that access rules can name, and who asserts that a principal goes by it.

    `source` is the alias of an identity provider; empty for this service, where somebody entered it.
    """

    kind: str
    id: str
    source: str = ""


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
        """All by which they do: a person's groups too. What the names are worth, `names` says."""

    @property
    def asserted_by(self) -> str:
        """Return who asserts that the account is its owner's: an identity provider's alias; empty for this service."""

    def own_name(self) -> Name | None:
        """Return the rule subject with its source; None while nobody vouches for it."""

    def names(self) -> frozenset[Name]:
        """All names that somebody vouches for, each with its source."""


class System:
    """The server itself: bootstrap, console commands, housekeeping. Explicit, so that a missing actor is a bug."""

    subject_type = "System"

    def __str__(self) -> str:
        return "system"


SYSTEM = System()

Actor = Principal | System
