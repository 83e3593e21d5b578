"""Passwords, links and tokens that are handed to others: they are good while their maker could make them again."""

from uuid import UUID

from accounts.models import User
from accounts.ports.authority import authority
from common.actors import SYSTEM, Actor, System
from common.errors import Forbidden
from common.hashes import sha256_of

GIVER_HOLDS_LESS = "who made it holds less by now"


def made_by(actor: Actor) -> str:
    """Return how a row names the actor who made it; empty for the server itself."""
    return "" if isinstance(actor, System) else f"{actor.subject_type}:{actor.pk}"


def maker_of(made: str) -> Actor | None:
    """Return the actor whom a row names by `made_by`, as they are now; None if they are gone."""
    if not made:
        return SYSTEM
    kind, _, key = made.partition(":")
    return authority().principal(kind, UUID(key))


def could_make_again(made: str, user: User) -> bool:
    """Return False if who made a link to the account may not take it over any more: they were demoted, or it grew.

    Nobody is asked about who is gone: whatever they made is over, too.
    """
    if not made or made == made_by(user):
        return True
    maker = maker_of(made)
    if maker is None:
        return False
    if not authority().may(maker, "update", "users"):
        return False
    try:
        authority().require_at_least(maker, user)
    except Forbidden:
        return False
    return True


def given_by(actor: Actor, password: str) -> str:
    """Return the value of `User.password_by` for a password that the actor gives the user.

    It names the password's hash too: a server of the version before replaces the one, and not the other.
    """
    made = made_by(actor)
    return f"{made}:{_mark(password)}" if made else ""


def is_given_by_one_who_holds_less(user: User) -> bool:
    """Return True for a temporary password, if whoever gave it could not give it any more."""
    made, _, mark = user.password_by.rpartition(":")
    is_theirs = user.must_change_password and bool(made) and mark == _mark(user.password)
    return is_theirs and not could_make_again(made, user)


def _mark(password: str) -> str:
    return sha256_of(password)[:16]
