"""One announced fact: what somebody may do changed. Every verb that changes it announces it in its transaction."""

from enum import StrEnum

from django.db.models import Model
from django.dispatch import Signal


class Changed(StrEnum):
    """The kind of row that changed, and with it the type of `row`."""

    RULE = "rule"
    """An access rule was made or revoked: AccessRule."""
    SCOPE = "scope"
    """A scope was made, for which rules above it count, or is about to be deleted: Scope."""
    GROUP = "group"
    """A group is about to be deleted, with what rules gave its members: Group."""
    MEMBERSHIP = "membership"
    """A user is in other groups than before: User."""
    USER = "user"
    """A user was made, enabled or disabled, got other credentials, ids or another address, or is about to go: User."""
    SESSION = "session"
    """A session began, ended, or ends at another time: Session."""
    GRANT = "grant"
    """What one sign-in gives a client began or ended: Grant."""
    APPLICATION = "application"
    """An application was registered or changed, or is about to be deleted: Application."""
    PROVIDER = "provider"
    """An identity provider was connected or changed, or is about to be deleted: IdentityProvider."""
    CLUSTER = "cluster"
    """A cluster or one of its credentials was made or changed, or is about to be deleted: Cluster."""


authority_changed = Signal()
"""Sent with a `Changed` as sender, and `row`. Connect with `sender=Changed.RULE` to hear of one kind alone.

What hangs on a row ends with it without a word of its own: members of a group, grants of a session. The transaction
may still be undone: a receiver that acts outside of the database does so by `transaction.on_commit`. Nothing in this
service depends on a receiver: each decision is made from the rows.
"""


def announce(changed: Changed, row: Model) -> None:
    authority_changed.send(changed, row=row)
