"""Port: the status of access rules in clusters.

Wired by the setting ACCESS_RULE_STATUSES, the dotted path to a class with these methods
(`clustersync.adapters.rule_statuses.AgentRuleStatuses`).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from access.models import AccessRule
from accounts.models import User

PHASES = ("Creating", "Ready", "NotReady", "Deleting")


class RuleStatusSummary(NamedTuple):
    """`phase` is that of the cluster that is furthest from done; `details` says which cluster is how far."""

    phase: str
    message: str
    details: str


class NotCarried(NamedTuple):
    """Members of a rule's group whose tokens do not name the group, by the name of the cluster that reads them there.

    `complete` is False if not everybody was looked at.
    """

    people: Mapping[str, Sequence[User]]
    complete: bool


class RuleStatuses(Protocol):
    def of(self, rules: Sequence[AccessRule]) -> Mapping[int, RuleStatusSummary]:
        """Return statuses by rule id. None for a rule of which no cluster has ever said anything."""

    def not_carried(self, rule: AccessRule) -> NotCarried:
        """Return the people to whom a rule for a group gives nothing in a cluster: they are in too many groups."""

    def with_phase(self, rules: QuerySet[AccessRule]) -> QuerySet[AccessRule]:
        """Return the same rules, their phase as the annotation `phase`; an empty text where there is none."""


def rule_statuses() -> RuleStatuses:
    made: RuleStatuses = import_string(settings.ACCESS_RULE_STATUSES)()
    return made
