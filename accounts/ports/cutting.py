"""Port: the access that other apps end when all access of a user is cut, and the access that lives on.

Wired by the setting ACCOUNTS_CUTTING: functions of the shape of `End`, as dotted paths
(`tokens.adapters.cutting, clustersync.adapters.cutting`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from common.actors import Actor


@dataclass(frozen=True)
class Cut:
    """`sessions` were just ended; with `applications` those that the user registered are disabled too."""

    actor: Actor
    user: User
    applications: bool
    began: datetime
    sessions: frozenset[UUID]


class LivesOn(NamedTuple):
    """Something that is still honoured, until then at the latest; None for something that goes on until it is ended."""

    where: str
    until: datetime | None
    why: str
    cluster_id: str = ""


class Ended(NamedTuple):
    """The number of each kind that ended, by its name in the plural, and what lives on."""

    counts: Mapping[str, int]
    lives_on: list[LivesOn]


class End(Protocol):
    def __call__(self, cut: Cut) -> Ended:
        """End what the layer keeps for this user, in the transaction; the verb has asked whether the actor may."""


def end_elsewhere(cut: Cut) -> Ended:
    ends: list[End] = [import_string(path) for path in settings.ACCOUNTS_CUTTING]
    ended = [end(cut) for end in ends]
    counts = {kind: count for one in ended for kind, count in one.counts.items()}
    return Ended(counts, [rest for one in ended for rest in one.lives_on])
