"""What access must ask of the layer above it, which holds the clusters: what became of access rules there?

Wired by the setting ACCESS_RULE_STATUSES, a dotted path to a class with these methods
(`clustersync.rule_statuses.RuleStatuses`).
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from django.conf import settings
from django.db.models import QuerySet
from django.utils.module_loading import import_string

from access.models import AccessRule

PHASES = ("Creating", "Ready", "NotReady", "Deleting")


class RuleStatus(NamedTuple):
    """`phase` is that of the cluster that is furthest from done; `details` says which cluster is how far."""

    phase: str
    message: str
    details: str


class RuleStatuses(Protocol):
    def of(self, rules: Sequence[AccessRule]) -> Mapping[int, RuleStatus]:
        """By rule id. None for a rule of which no cluster has ever said anything."""

    def with_phase(self, rules: QuerySet[AccessRule]) -> QuerySet[AccessRule]:
        """The same rules, their phase as the annotation `phase`; an empty text where there is none."""


def rule_statuses() -> RuleStatuses:
    made: RuleStatuses = import_string(settings.ACCESS_RULE_STATUSES)()
    return made
